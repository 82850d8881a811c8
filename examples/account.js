// Where the other examples get their credentials. MP_API_BASE_URL may point at `engage-export simulate`.
export const account = {
  projectId: process.env.MP_PROJECT_ID,
  serviceAccount: { username: process.env.MP_USERNAME, secret: process.env.MP_SECRET },
  region: process.env.MP_REGION,
  baseUrl: process.env.MP_API_BASE_URL,
};
