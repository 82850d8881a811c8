// Profiles into a gzipped file, as they come.
//   bun bun-gzip.ts
import { ndjson, normalizeProfiles, profilePages } from "engage-export";
import { account } from "./account.js";

const zipped = profilePages(account)
  .pipeThrough(normalizeProfiles())
  .pipeThrough(ndjson())
  .pipeThrough(new CompressionStream("gzip"));
await Bun.write("profiles.ndjson.gz", new Response(zipped));
