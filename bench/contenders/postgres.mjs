// Ours, into a table of a Postgres server with a primary key and a mark after each batch.
import { exportProfiles } from "../../dist/index.js";
import { postgresSink } from "../../dist/postgres.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const sink = await postgresSink({ url: task.database, table: "ours", mode: "replace" });
const { totalRows, missing } = await exportProfiles({ ...account, baseUrl: task.url, sink });
console.log(JSON.stringify({ rows: totalRows, missing }));
