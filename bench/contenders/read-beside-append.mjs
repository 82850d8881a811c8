// A floor for our DuckDB export in one process: pages are received, scanned and put in order by `profilePages`, and dropped,
// while others, which lie ready as bytes, are appended, marked and committed. No columns to lay out, no page that waits.
import { profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

await Promise.all([read(), import("./append.mjs")]);

async function read() {
  for await (const _ of profilePages({ ...account, baseUrl: task.url }));
}
