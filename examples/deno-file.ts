// Profiles into a file, a line each, and what came of it.
//   deno run --allow-env --allow-net --allow-write deno-file.ts
import { exportProfiles, ndjsonSink } from "npm:engage-export";
import { account } from "./account.js";

const file = await Deno.open("profiles.ndjson", { write: true, create: true, truncate: true });
const result = await exportProfiles({ ...account, sink: ndjsonSink(file.writable) });
console.log(`${result.totalRows} profiles in profiles.ndjson`);
