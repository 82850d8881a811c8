// Ours, compressed lines: into one file, into parts, or into an object store.
import { ndjsonFile, partFiles, s3Store } from "../../dist/files.js";
import { exportProfiles } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const profilesPerFile = (task.pages / 5) * 1000;
const sink =
  task.into === "file"
    ? await ndjsonFile(task.out)
    : await partFiles({ ...(task.into === "s3" ? { store: s3Store(task.s3) } : { path: task.out }), profilesPerFile });
const { totalRows, missing } = await exportProfiles({ ...account, baseUrl: task.url, sink });
console.log(JSON.stringify({ rows: totalRows, missing }));
