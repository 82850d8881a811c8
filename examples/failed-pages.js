// What to do when a page fails for good: keep the others, and come back for it. The sink knows where to go on.
import { exportProfiles } from "engage-export";
import { duckdbSink } from "engage-export/duckdb";
import { account } from "./account.js";

const sink = await duckdbSink({ path: "failed-pages.duckdb", mode: "resume" });
const result = await exportProfiles({
  ...account,
  sink,
  maxRetries: 2,
  onWarning: ({ message }) => console.error(message),
});
if (result.complete) console.log(`all ${result.totalRows} profiles are there`);
else console.log(`run this again for pages ${result.failedPageIndices.join(", ")}`);
