import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const MISSING =
  /Cannot use DuckDB, its native library is missing; install it with `npm install --include=optional @duckdb\/node-api`, or export to NDJSON, which works without it: .+/;

let host = "";

/** A directory in which the package is installed, with all it depends on but for what is DuckDB's. */
beforeEach(() => {
  host = temporaryDirectory();
  const installed = join(host, "node_modules/engage-export");
  cpSync(join(root, "dist"), join(installed, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  for (const name of Object.keys(dependencies).filter((name) => !name.startsWith("@duckdb/"))) {
    mkdirSync(dirname(join(host, "node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(host, "node_modules", name));
  }
});

/** What `npm install --omit=optional` installs: the packages, without the library of the platform. */
function installWithoutLibrary() {
  for (const name of ["@duckdb/node-api", "@duckdb/node-bindings"]) {
    cpSync(join(root, "node_modules", name), join(host, "node_modules", name), { recursive: true, dereference: true });
  }
}

function run(...args: readonly string[]) {
  const env = { PATH: process.env.PATH, MP_PROJECT_ID: "1", MP_USERNAME: "u", MP_SECRET: "not-a-secret" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: host, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe.each([
  ["the packages", () => {}],
  ["the library of the platform", installWithoutLibrary],
])("DuckDB without %s", (_, install) => {
  test("is an error that a host can catch and live on", () => {
    install();
    writeFileSync(
      join(host, "host.mjs"),
      `import { duckdbSink, readCheckpoint } from "engage-export/duckdb";
      for (const open of [duckdbSink, readCheckpoint]) {
        await open("profiles.duckdb").catch((error) => console.log(error.code, error.message));
      }
      setImmediate(() => console.log("the host lives"));`,
    );
    writeFileSync(join(host, "profiles.duckdb"), "");
    const { status, stdout, stderr } = run("host.mjs");
    expect([status, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^usage ${MISSING.source}$`)),
      expect.stringMatching(new RegExp(`^usage ${MISSING.source}$`)),
      "the host lives",
    ]);
  });

  test("ends the command with one sentence and exit code 2", () => {
    install();
    const { status, stdout, stderr } = run("node_modules/engage-export/dist/cli.js", "--out", "profiles.duckdb");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(new RegExp(`^error: ${MISSING.source}\n$`));
  });
});
