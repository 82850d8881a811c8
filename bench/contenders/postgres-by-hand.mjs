// What a user would do by hand: NDJSON to disk, `\copy` of its lines, and one insert into the same keyed table.
import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { Writable } from "node:stream";
import { exportProfiles, ndjsonSink } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const sink = ndjsonSink(Writable.toWeb(createWriteStream(task.out)));
await exportProfiles({ ...account, baseUrl: task.url, sink });
// Characters that no line of JSON holds.
const form = String.raw`(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')`;
const statements = [
  "DROP TABLE IF EXISTS by_hand",
  "CREATE TABLE by_hand (distinct_id text PRIMARY KEY, last_seen timestamp, properties json)",
  "CREATE TEMP TABLE lines (line json)",
  String.raw`\copy lines FROM '${task.out}' ${form}`,
  `INSERT INTO by_hand SELECT line->>'distinct_id', (line->>'last_seen')::timestamp, line->'properties' FROM lines
    ON CONFLICT (distinct_id) DO UPDATE SET last_seen = excluded.last_seen, properties = excluded.properties`,
  String.raw`\pset tuples_only`,
  "SELECT count(*) FROM by_hand",
];
const said = execFileSync(task.psql, [task.database, "-q", ...statements.flatMap((sql) => ["-c", sql])], {
  encoding: "utf8",
});
console.log(JSON.stringify({ rows: Number(said.match(/^\s*(\d+)\s*$/m)?.[1]) }));
