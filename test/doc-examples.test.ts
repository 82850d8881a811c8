import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { POSTGRES_BIN, startPostgres } from "./helpers/postgres-server.ts";
import { type ModuleOutcome, runModules } from "./helpers/run-modules.ts";

// Each example of a doc comment runs, against the built package. What an example leaves to its reader stands
// around it: the package's exports, an account, a database and a place to write to.
const root = resolve(import.meta.dirname, "..");

const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
const nameOf = (entry: string): string =>
  `${entry === "." ? "core" : entry.slice("./".length).replaceAll("-", "")}Entry`;

const surroundings = (needs: readonly Needs[]): string => `
  import { createRequire } from "node:module";
${entries.map((entry) => `  import * as ${nameOf(entry)} from "${root}/${manifest.exports[entry].default}";`).join("\n")}
  const require = createRequire("${root}/package.json");
  const [projectId, username, secret] = ["1234567", "reader", "hush-hush"];
  const [accessKeyId, secretAccessKey] = ["AKID", "hush-hush"];
  const needs = ${JSON.stringify(needs)};
  export default async (place) => {
    const fetch = simulatorEntry.engageSimulator({ profiles: 1_200, serviceAccount: { username, secret } });
    const writable = new WritableStream();
    Object.assign(globalThis, ${entries.map(nameOf).join(", ")}, { projectId, username, secret, accessKeyId, secretAccessKey, fetch, writable });
    if (needs[place].connection) {
      const { DuckDBInstance } = require("@duckdb/node-api");
      const connection = await (await DuckDBInstance.create(":memory:")).connect();
      await connection.run("CREATE TABLE profiles (distinct_id VARCHAR, last_seen TIMESTAMP, properties JSON)");
      Object.assign(globalThis, { connection });
    }
    if (needs[place].wasm) {
      const { createDuckDB, VoidLogger, NODE_RUNTIME } = require("@duckdb/duckdb-wasm/blocking");
      const bundle = { mainModule: require.resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm"), mainWorker: "" };
      const db = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME);
      await db.instantiate();
      db.connect().query("SET autoload_known_extensions = false");
      Object.assign(globalThis, { db });
    }
  };
`;

/** What an example uses that only some do. */
interface Needs {
  readonly connection: boolean;
  readonly wasm: boolean;
}

const server = POSTGRES_BIN === undefined ? undefined : await startPostgres();

const sources = (await readdir(join(root, "src"), { recursive: true })).filter((name) => name.endsWith(".ts"));
const examples = (
  await Promise.all(
    sources.map(async (name) => {
      const text = await readFile(join(root, "src", name), "utf8");
      const blocks = [...text.matchAll(/@example\n \* ```ts\n([\s\S]*?) \* ```/g)];
      return blocks.map(([, block = ""]) => [name, block.replace(/^ \* ?/gm, "")] as const);
    }),
  )
).flat();

const outcomes = new Map<string, ModuleOutcome>();

beforeAll(async () => {
  const runnable = examples.filter(([, code]) => server !== undefined || !code.includes("postgres://"));
  const directory = await mkdtemp(join(tmpdir(), "engage-doc-"));
  const modules = runnable.map(([, code]) => code.replace(/postgres:\/\/[^"]*/, server?.url() ?? ""));
  const needs = runnable.map(([, code]) => ({
    connection: code.includes("(connection"),
    wasm: code.includes("Wasm"),
  }));
  const all = await runModules(directory, modules, surroundings(needs)).finally(() =>
    rm(directory, { recursive: true }),
  );
  for (const [place, [, code]] of runnable.entries()) outcomes.set(code, all[place] ?? { printed: "" });
}, 60_000);

test.each(examples)("the example in src/%s runs", (_, code) => {
  if (code.includes("postgres://") && server === undefined) return;
  expect(outcomes.get(code)).toEqual({ printed: expect.any(String) });
});

test("every function that is exported has an example", () => {
  const shown = examples.map(([, code]) => code).join("\n");
  for (const name of [
    "profilePages",
    "normalizeProfiles",
    "ndjson",
    "ndjsonSink",
    "profileRow",
    "exportProfiles",
    "isEngageError",
    "ndjsonFile",
    "partFiles",
    "s3Store",
    "duckdbSink",
    "postgresSink",
    "readCheckpoint",
    "columnsOf",
    "parquetFile",
    "csvFile",
    "duckdbWasmSink",
    "chooseColumns",
    "valueClass",
    "engageSimulator",
  ]) {
    expect(shown).toContain(`${name}(`);
  }
});
