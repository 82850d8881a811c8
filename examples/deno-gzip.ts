// Profiles into a gzipped file, as they come.
//   deno run --allow-env --allow-net --allow-write deno-gzip.ts
import { ndjson, normalizeProfiles, profilePages } from "npm:engage-export";
import { account } from "./account.js";

const file = await Deno.open("profiles.ndjson.gz", { write: true, create: true, truncate: true });
await profilePages(account)
  .pipeThrough(normalizeProfiles())
  .pipeThrough(ndjson())
  .pipeThrough(new CompressionStream("gzip"))
  .pipeTo(file.writable);
