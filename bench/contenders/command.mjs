// Ours, the command: into a file, by its ending, that it could resume.
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

Object.assign(process.env, {
  MP_API_BASE_URL: task.url,
  MP_PROJECT_ID: account.projectId,
  MP_USERNAME: account.serviceAccount.username,
  MP_SECRET: account.serviceAccount.secret,
});
process.argv.splice(2, 1, ...(task.out === undefined ? [] : ["--out", task.out]), "--quiet");
await import("../../dist/cli.js");
