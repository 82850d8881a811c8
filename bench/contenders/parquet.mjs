// Ours, into a Parquet file with a typed column for each property.
import { parquetFile } from "../../dist/duckdb.js";
import { normalizeProfiles, profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const sink = await parquetFile({ path: task.out, memoryLimit: task.memoryLimit });
await profilePages({ ...account, baseUrl: task.url })
  .pipeThrough(normalizeProfiles())
  .pipeTo(sink);
const { totalRows, missing } = await sink.result;
console.log(JSON.stringify({ rows: totalRows, missing }));
