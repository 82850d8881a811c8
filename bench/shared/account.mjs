/** Credentials that the bench's server does not look at. */
export const account = { projectId: "1234567", serviceAccount: { username: "bench", secret: "bench" } };
