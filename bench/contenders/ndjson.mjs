// Ours, into an NDJSON file.
import { createWriteStream } from "node:fs";
import { Writable } from "node:stream";
import { ndjsonSink, normalizeProfiles, profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const sink = ndjsonSink(Writable.toWeb(createWriteStream(task.out)));
await profilePages({ ...account, baseUrl: task.url, concurrency: task.concurrency })
  .pipeThrough(normalizeProfiles())
  .pipeTo(sink);
const { totalRows, missing } = await sink.result;
console.log(JSON.stringify({ rows: totalRows, missing }));
