// Profiles into a DuckDB table, and a question to it.
import { DuckDBInstance } from "@duckdb/node-api";
import { normalizeProfiles, profilePages } from "engage-export";
import { duckdbSink } from "engage-export/duckdb";
import { account } from "./account.js";

const sink = await duckdbSink({ path: "profiles.duckdb", mode: "replace", columns: true });
await profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(sink);
console.log(JSON.stringify(await sink.result));

const instance = await DuckDBInstance.create("profiles.duckdb");
const connection = await instance.connect();
const countries = await connection.runAndReadAll(`
  SELECT "$country_code" AS country, count(*) AS profiles
  FROM profiles_columns GROUP BY ALL ORDER BY profiles DESC, country LIMIT 5`);
console.table(countries.getRowObjectsJson());
connection.closeSync();
instance.closeSync();
