// Profiles into a file, a line each.
import { createWriteStream } from "node:fs";
import { Writable } from "node:stream";
import { exportProfiles, ndjsonSink } from "engage-export";
import { account } from "./account.js";

const file = createWriteStream("profiles.ndjson");
const result = await exportProfiles({ ...account, sink: ndjsonSink(Writable.toWeb(file)) });
console.log(`${result.totalRows} profiles in profiles.ndjson`);
