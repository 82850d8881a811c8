import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { POSTGRES_BIN, startPostgres } from "./helpers/postgres-server.ts";

// Each example of a doc comment runs by itself, against the built package. What an example leaves to its reader stands
// around it: the package's exports, an account, a database and a place to write to.
const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");

const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
const nameOf = (entry: string): string =>
  `${entry === "." ? "core" : entry.slice("./".length).replaceAll("-", "")}Entry`;

const surroundings = `
  import { createRequire } from "node:module";
${entries.map((entry) => `  import * as ${nameOf(entry)} from "${root}/${manifest.exports[entry].default}";`).join("\n")}
  const [projectId, username, secret] = ["1234567", "reader", "hush-hush"];
  const [accessKeyId, secretAccessKey] = ["AKID", "hush-hush"];
  const fetch = simulatorEntry.engageSimulator({ profiles: 1_200, serviceAccount: { username, secret } });
  const writable = new WritableStream();
  if (process.argv.includes("--connection")) {
    const { DuckDBInstance } = createRequire("${root}/package.json")("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run("CREATE TABLE profiles (distinct_id VARCHAR, last_seen TIMESTAMP, properties JSON)");
    Object.assign(globalThis, { connection });
  }
  Object.assign(globalThis, ${entries.map(nameOf).join(", ")}, { projectId, username, secret, accessKeyId, secretAccessKey, fetch, writable });
  if (process.argv.includes("--wasm")) {
    const require = createRequire("${root}/package.json");
    const { createDuckDB, VoidLogger, NODE_RUNTIME } = require("@duckdb/duckdb-wasm/blocking");
    const bundle = { mainModule: require.resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm"), mainWorker: "" };
    const db = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME);
    await db.instantiate();
    db.connect().query("SET autoload_known_extensions = false");
    Object.assign(globalThis, { db });
  }
`;

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

test.each(examples)("the example in src/%s runs", async (_, example) => {
  const isForPostgres = example.includes("postgres://");
  if (isForPostgres && server === undefined) return;
  const code = example.replace(/postgres:\/\/[^"]*/, server?.url() ?? "");
  const cwd = await mkdtemp(join(tmpdir(), "engage-doc-"));
  try {
    await writeFile(join(cwd, "surroundings.mjs"), surroundings);
    await writeFile(join(cwd, "example.mjs"), code);
    const needs = [code.includes("Wasm") ? "--wasm" : "", code.includes("(connection") ? "--connection" : ""];
    const args = ["--import", "./surroundings.mjs", "example.mjs", ...needs];
    await expect(run(process.execPath, args, { cwd })).resolves.toBeDefined();
  } finally {
    await rm(cwd, { recursive: true });
  }
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
