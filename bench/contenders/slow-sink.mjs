// Ours, with a sink that takes its time: how many pages are in memory that the sink has not begun with.
import { setTimeout as wait } from "node:timers/promises";
import { normalizeProfiles, profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

let loaded = 0;
let taken = 0;
let mostHeld = 0;

const countingFetch = async (input, init) => {
  const response = await fetch(input, init);
  const body = await response.arrayBuffer();
  loaded += 1;
  mostHeld = Math.max(mostHeld, loaded - taken);
  return new Response(body, response);
};

await profilePages({ ...account, baseUrl: task.url, fetch: countingFetch })
  .pipeThrough(normalizeProfiles())
  .pipeTo(
    new WritableStream({
      write() {
        taken += 1;
        return wait(task.secondsPerPage * 1000);
      },
    }),
  );
console.log(JSON.stringify({ mostHeld }));
