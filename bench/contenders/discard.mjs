// The floor: receives every page, five at a time, and drops its bytes.

import { fetchPage } from "../shared/fetch-page.mjs";
import { task } from "../shared/task.mjs";

let next = 0;
await receive();
await Promise.all(Array.from({ length: 5 }, receiveMore));

async function receive() {
  const response = await fetchPage(next++, "bench");
  for await (const _ of response.body);
}

async function receiveMore() {
  while (next < task.pages) await receive();
}
