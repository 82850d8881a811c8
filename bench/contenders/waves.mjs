// Waves of five with `json()` and `JSON.stringify`, into an NDJSON file.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { inWaves } from "../shared/fetch-page.mjs";
import { task } from "../shared/task.mjs";

const file = createWriteStream(task.out);
let rows = 0;
await inWaves(async ({ results }) => {
  rows += results.length;
  if (!file.write(results.map((profile) => `${JSON.stringify(profile)}\n`).join(""))) await once(file, "drain");
});
await once(file.end(), "finish");
console.log(JSON.stringify({ rows }));
