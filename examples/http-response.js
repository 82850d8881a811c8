// A server that streams the profiles on to whoever asks, as gzipped NDJSON. A client that leaves ends the requests.
import { createServer } from "node:http";
import { Writable } from "node:stream";
import { ndjson, normalizeProfiles, profilePages } from "engage-export";
import { account } from "./account.js";

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/x-ndjson", "content-encoding": "gzip" });
  profilePages(account)
    .pipeThrough(normalizeProfiles())
    .pipeThrough(ndjson())
    .pipeThrough(new CompressionStream("gzip"))
    .pipeTo(Writable.toWeb(response))
    .catch((error) => response.destroy(error));
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`curl --compressed http://127.0.0.1:${server.address().port}`);
});
