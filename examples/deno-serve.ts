// A server that streams the profiles on to whoever asks. A client that leaves ends the requests.
//   deno run --allow-env --allow-net deno-serve.ts
import { ndjson, normalizeProfiles, profilePages } from "npm:engage-export";
import { account } from "./account.js";

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8080) }, () => {
  const lines = profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(ndjson());
  return new Response(lines, { headers: { "content-type": "application/x-ndjson" } });
});
