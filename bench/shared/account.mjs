/** Credentials that the bench's server does not look at. */
export const account = { projectId: "1234567", serviceAccount: { username: "bench", secret: "bench" } };

/** The same for the command, as environment variables. */
export function commandEnvironment(url) {
  const { projectId, serviceAccount } = account;
  return {
    MP_API_BASE_URL: url,
    MP_PROJECT_ID: projectId,
    MP_USERNAME: serviceAccount.username,
    MP_SECRET: serviceAccount.secret,
  };
}
