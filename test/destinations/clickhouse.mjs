// Runs a query in ClickHouse, in a process of its own: `node clickhouse.mjs MODULE QUERY` prints a line of JSON for each row.
import { createRequire } from "node:module";

const [module, query] = process.argv.slice(2);
console.log(createRequire(import.meta.url)(module).query(query, "JSONEachRow"));
