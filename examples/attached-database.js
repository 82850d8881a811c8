// Profiles into another database that is attached to a connection of your own: a second file here, `md:` for MotherDuck.
import { DuckDBInstance } from "@duckdb/node-api";
import { normalizeProfiles, profilePages } from "engage-export";
import { duckdbSink } from "engage-export/duckdb";
import { account } from "./account.js";

const instance = await DuckDBInstance.create("analytics.duckdb");
const connection = await instance.connect();
await connection.run("ATTACH 'mixpanel.duckdb' AS mixpanel");
await connection.run("CREATE SCHEMA IF NOT EXISTS mixpanel.raw");

const sink = await duckdbSink({ connection, catalog: "mixpanel", schema: "raw", mode: "replace" });
await profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(sink);
const { totalRows } = await sink.result;

await connection.run("COPY mixpanel.raw.profiles TO 'profiles.parquet'");
console.log(`${totalRows} profiles in mixpanel.raw.profiles and in profiles.parquet`);
connection.closeSync();
instance.closeSync();
