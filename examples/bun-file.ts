// Profiles into a file, a line each, and what came of it.
//   bun bun-file.ts
import { exportProfiles, ndjsonSink } from "engage-export";
import { account } from "./account.js";

const file = Bun.file("profiles.ndjson").writer();
const writable = new WritableStream({
  async write(bytes) {
    file.write(bytes);
    // Without it everything would pile up in memory.
    await file.flush();
  },
  close: () => file.end(),
  abort: (reason) => file.end(reason),
});
const result = await exportProfiles({ ...account, sink: ndjsonSink(writable) });
console.log(`${result.totalRows} profiles in profiles.ndjson`);
