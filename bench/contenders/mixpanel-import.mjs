// The peer: record type `profile-export`, into NDJSON files, one a page. It has no option for the host, so the address its
// job computes is replaced; nothing else of it is touched.
import { createRequire } from "node:module";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const require = createRequire(import.meta.url);
const Job = require("mixpanel-import/components/job.js");
Object.defineProperty(Job.prototype, "url", { get: () => `${task.url}/api/2.0/engage` });
const mixpanelImport = require("mixpanel-import");

const { username, secret } = account.serviceAccount;
const { total } = await mixpanelImport({ acct: username, pass: secret, project: account.projectId }, null, {
  recordType: "profile-export",
  where: task.out,
  showProgress: false,
  verbose: false,
  logs: false,
});
console.log(JSON.stringify({ reported: total }));
