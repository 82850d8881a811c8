// A server that streams the profiles on to whoever asks. A client that leaves ends the requests.
//   bun bun-serve.ts
import { ndjson, normalizeProfiles, profilePages } from "engage-export";
import { account } from "./account.js";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 8080),
  // Bun ends a response that pauses for 10 seconds, and a page may take minutes.
  idleTimeout: 0,
  fetch() {
    const lines = profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(ndjson());
    return new Response(lines, { headers: { "content-type": "application/x-ndjson" } });
  },
});
console.log(`Listening on ${server.url}`);
