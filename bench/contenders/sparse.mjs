// Ours, of profiles that have 20 of many properties each, into a Parquet file or a table of columns. Without a server.
import { DuckDBInstance } from "@duckdb/node-api";
import { duckdbSink, parquetFile } from "../../dist/duckdb.js";
import { profileRow } from "../../dist/index.js";
import { seededRandom } from "../shared/random.mjs";
import { task } from "../shared/task.mjs";

const PER_PAGE = 1000;
const PER_PROFILE = 20;

const { pages: totalPages, properties: names, memoryLimit } = task;
const total = totalPages * PER_PAGE;
const random = seededRandom(15);
const session = { sessionId: "bench", total, pageSize: PER_PAGE, totalPages, query: { host: "https://bench" } };
const database = task.table && (await DuckDBInstance.create(":memory:", { memory_limit: memoryLimit }));
const sink = await (task.table ? intoTable() : parquetFile({ path: task.out, maxColumns: names, memoryLimit }));
const writer = sink.getWriter();
for (let pageIndex = 0; pageIndex < totalPages; pageIndex += 1) {
  const rows = Array.from({ length: PER_PAGE }, (_, nth) => profile(pageIndex * PER_PAGE + nth));
  await writer.write({ status: "loaded", session, pageIndex, attempts: 1, rows });
}
await writer.close();
console.log(JSON.stringify({ rows: (await sink.result).totalRows }));

async function intoTable() {
  const connection = await database.connect();
  await connection.run(`ATTACH '${task.out}' AS target (STORAGE_VERSION 'v1.2.0')`);
  await connection.run("SET checkpoint_threshold = '64MB'");
  return duckdbSink({ connection, catalog: "target", columns: { maxColumns: names } });
}

function profile(id) {
  const properties = {};
  for (let nth = 0; nth < PER_PROFILE; nth += 1) {
    const name = Math.floor(random() * names);
    properties[`p${name}`] = anyValue(name, nth);
  }
  return profileRow({ distinctId: `id-${id}`, lastSeen: null, properties });
}

/** Numbers, dates, few texts and many. */
function anyValue(name, nth) {
  const number = Math.floor(random() * 1e6);
  if (name % 4 === 0) return number;
  if (name % 4 === 1) return `value ${number % 100}`;
  return name % 4 === 2 ? `2024-01-${String(1 + (nth % 28)).padStart(2, "0")}` : `text ${number} of ${name}`;
}
