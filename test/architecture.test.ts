import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");

// The files that the planted imports come from: a new one beside those of the room, or one that the rules name.
const ROOMS = {
  index: "src/index.ts",
  error: "src/engage-error.ts",
  duckdbEntry: "src/duckdb.ts",
  page: "src/page/planted.ts",
  export: "src/export/planted.ts",
  exportProfiles: "src/export/export-profiles.ts",
  source: "src/source/planted.ts",
  pace: "src/source/pace/planted.ts",
  request: "src/source/request/planted.ts",
  transform: "src/transform/planted.ts",
  columns: "src/sink/columns/planted.ts",
  table: "src/sink/table/planted.ts",
  ndjson: "src/sink/ndjson/planted.ts",
  duckdb: "src/sink/duckdb/planted.ts",
  wasm: "src/sink/duckdb-wasm/planted.ts",
  parts: "src/sink/parts/planted.ts",
  postgres: "src/sink/postgres/planted.ts",
  derived: "src/sink/derived/planted.ts",
  columnFile: "src/sink/column-file/planted.ts",
  simulator: "src/simulator/faults/planted.ts",
  bin: "src/cli/bin.ts",
  cli: "src/cli/export/planted.ts",
  newRoom: "src/planted/planted.ts",
} as const;

type Room = keyof typeof ROOMS;

const allowed: readonly (readonly [Room, string])[] = [
  ["index", "./source/profile-pages.ts"],
  ["error", "./export/export-result.ts"],
  ["duckdbEntry", "./sink/duckdb/duckdb-sink.ts"],
  ["page", "../engage-error.ts"],
  ["export", "../page/page-result.ts"],
  ["exportProfiles", "../source/profile-pages.ts"],
  ["exportProfiles", "../transform/normalize-profiles.ts"],
  ["source", "./pace/request-gate.ts"],
  ["source", "../export/checkpoint.ts"],
  ["pace", "../request/is-clean.ts"],
  ["pace", "../../clock.ts"],
  ["request", "ky"],
  ["transform", "../export/export-sink.ts"],
  ["table", "../columns/text-column.ts"],
  ["table", "../../export/export-tally.ts"],
  ["ndjson", "node:fs/promises"],
  ["duckdb", "@duckdb/node-api"],
  ["derived", "@duckdb/node-api"],
  ["columnFile", "node:zlib"],
  ["columnFile", "../derived/columns-select.ts"],
  ["wasm", "apache-arrow"],
  ["parts", "aws4fetch"],
  ["postgres", "postgres"],
  ["simulator", "../requests/refusal.ts"],
  ["cli", "../../sink/file/file-error.ts"],
  ["cli", "../../../package.json"],
  ["cli", "undici"],
  ["cli", "../../source/query/engage-address.ts"],
  ["bin", "node:process"],
];

const refused: readonly (readonly [Room, string])[] = [
  // What everyone imports imports nothing of it.
  ["error", "./source/profile-pages.ts"],
  ["page", "../source/page-loader.ts"],
  ["page", "../export/checkpoint.ts"],
  // The core knows no sink.
  ["index", "./sink/duckdb/duckdb-sink.ts"],
  ["export", "../sink/ndjson/ndjson-file.ts"],
  ["export", "../source/profile-pages.ts"],
  ["exportProfiles", "../sink/ndjson/ndjson-file.ts"],
  ["exportProfiles", "../cli/main.ts"],
  // Source, transform and sink never import each other, and none of them what is to their right.
  ["source", "../transform/ndjson.ts"],
  ["source", "../sink/columns/text-column.ts"],
  ["source", "../export/export-profiles.ts"],
  ["pace", "../../sink/columns/text-column.ts"],
  ["pace", "../../simulator/simulated-project.ts"],
  ["transform", "../source/profile-pages.ts"],
  ["transform", "../sink/columns/text-column.ts"],
  ["transform", "../export/export-profiles.ts"],
  ["table", "../../source/profile-pages.ts"],
  ["table", "../../transform/ndjson.ts"],
  ["table", "../../export/export-profiles.ts"],
  ["table", "../../cli/main.ts"],
  ["simulator", "../../source/query/engage-request.ts"],
  ["simulator", "../../cli/simulate/serve-simulator.ts"],
  // The command goes through the package's public names.
  ["cli", "../../source/profile-pages.ts"],
  ["cli", "../../transform/normalize-profiles.ts"],
  // No entry point is imported from within, and the package never by its own name.
  ["table", "../../duckdb.ts"],
  ["source", "../index.ts"],
  ["cli", "engage-export"],
  ["source", "engage-export/simulator"],
  ["table", "engage-export/duckdb"],
  // A path goes up first, then down.
  ["page", "../page/../sink/columns/text-column.ts"],
  ["source", "./../sink/columns/text-column.ts"],
  ["source", "./pace/../../sink/columns/text-column.ts"],
  // Modules of Node, with and without `node:`.
  ["page", "node:fs"],
  ["export", "node:path"],
  ["request", "node:https"],
  ["request", "https"],
  ["transform", "node:stream"],
  ["columns", "node:zlib"],
  ["table", "node:fs"],
  ["wasm", "node:worker_threads"],
  ["simulator", "node:http"],
  ["simulator", "buffer"],
  ["ndjson", "node:process"],
  ["ndjson", "node:buffer"],
  ["cli", "node:process"],
  ["duckdb", "node:module"],
  // Packages.
  ["page", "ky"],
  ["source", "ky"],
  ["pace", "ky"],
  ["simulator", "ky"],
  ["cli", "ky"],
  ["request", "undici"],
  ["ndjson", "undici"],
  ["cli", "citty"],
  ["table", "cli-progress"],
  ["ndjson", "smol-toml"],
  ["request", "aws4fetch"],
  ["duckdb", "aws4fetch"],
  ["table", "postgres"],
  ["cli", "postgres"],
  ["index", "@duckdb/node-api"],
  ["duckdbEntry", "@duckdb/node-api"],
  ["table", "@duckdb/node-api"],
  ["ndjson", "@duckdb/node-bindings"],
  ["wasm", "@duckdb/node-api"],
  ["cli", "@duckdb/node-api"],
  ["duckdb", "apache-arrow"],
  ["duckdb", "left-pad"],
  // A new room may import what is shared, and nothing else before it is listed.
  ["newRoom", "../export/checkpoint.ts"],
];

const forms: readonly string[] = [
  'import planted from "X";',
  'import "X";',
  'import * as planted from "X";',
  'import type { Planted } from "X";',
  'import { type Planted } from "X";',
  'import planted from "X" with { type: "json" };',
  'export * from "X";',
  'export { planted } from "X";',
  'export type { Planted } from "X";',
  'export const planted = await import("X");',
  "export const planted = await import('X');",
  "export const planted = await import(`X`);",
  'export const planted = await import("X", {});',
  'export const planted = await import("X" + "");',
  "export const planted = (name: string) => import(name);",
  'export type Planted = import("X").Planted;',
  'export type Planted = typeof import("X");',
  'import planted = require("X");',
  'export const planted = require("X");',
];

const globals: readonly string[] = [
  "export const planted = process.env;",
  "export const planted = globalThis.process;",
  'export const planted = globalThis["process"];',
  "export const { process } = globalThis;",
  "export const { process: planted } = globalThis;",
  "export const planted = Buffer.from([]);",
  "export const planted = globalThis.Buffer;",
  "export type Planted = Buffer;",
];

/** What the linter says of a file that holds one line, by the rules about imports and globals only. */
const verdicts = new Map<string, readonly string[]>();

function planted(path: string, code: string): string {
  return JSON.stringify([path, code]);
}

beforeAll(async () => {
  const plants = [
    ...[...allowed, ...refused].map(([room, name]) => [ROOMS[room], `import planted from "${name}";`] as const),
    ...forms.map((form) => [ROOMS.table, form.replace("X", "@duckdb/node-api")] as const),
    ...globals.flatMap((code) => [ROOMS.cli, ROOMS.bin].map((path) => [path, code] as const)),
  ];
  const folder = await mkdtemp(join(tmpdir(), "engage-boundaries-"));
  try {
    // Each has a tree of its own, since several are planted into one file.
    const trees = plants.map(async ([path, code], index) => {
      const file = join(folder, String(index), path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${code}\n`);
    });
    await Promise.all(trees);
    await copyFile(join(root, "boundaries.grit"), join(folder, "boundaries.grit"));
    const config = JSON.parse(await readFile(join(root, "biome.json"), "utf8"));
    for (const override of config.overrides) {
      override.includes = override.includes.map((glob: string) => glob.replace(/^(!?)/, "$1*/"));
    }
    await writeFile(join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "lint", "--reporter=json", "--max-diagnostics=none"];
    const options = { cwd: folder, maxBuffer: 2 ** 26 };
    const { stdout } = await run(process.execPath, args, options).catch((error) => error);
    const diagnostics: { category: string; severity: string; message: string; location: { path: string } }[] =
      JSON.parse(stdout).diagnostics;
    plants.forEach(([path, code], index) => {
      const found = diagnostics.filter(
        ({ category, severity, location }) =>
          severity === "error" &&
          ["plugin", "lint/style/noRestrictedGlobals"].includes(category) &&
          location.path.startsWith(`${index}/`),
      );
      verdicts.set(
        planted(path, code),
        found.map(({ message }) => message),
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}, 30_000);

describe("boundaries.grit", () => {
  test.each(allowed)("lets %s import %s", (room, name) => {
    expect(verdicts.get(planted(ROOMS[room], `import planted from "${name}";`))).toEqual([]);
  });

  test.each(refused)("refuses that %s imports %s", (room, name) => {
    const verdict = verdicts.get(planted(ROOMS[room], `import planted from "${name}";`));
    expect(verdict).toEqual(["This room may not import that; boundaries.grit lists what it may"]);
  });

  test.each(forms)("refuses what is written as %s", (form) => {
    expect(verdicts.get(planted(ROOMS.table, form.replace("X", "@duckdb/node-api")))).toHaveLength(1);
  });

  test.each(globals)("leaves %s to bin.ts", (code) => {
    expect(verdicts.get(planted(ROOMS.cli, code))).toHaveLength(1);
    expect(verdicts.get(planted(ROOMS.bin, code))).toEqual([]);
  });
});

describe("src", async () => {
  const entries = await readdir(join(root, "src"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const folders = [...new Set(files.map(dirname))];

  test.each(folders.map((folder) => folder.slice(root.length + 1)))("has no more than 16 files in %s", (folder) => {
    expect(files.filter((file) => dirname(file) === join(root, folder)).length).toBeLessThanOrEqual(16);
  });

  test("has no TypeScript of more than 250 lines", async () => {
    const sources = files.filter((file) => file.endsWith(".ts"));
    const lengths = await Promise.all(
      sources.map(async (file) => [file, (await readFile(file, "utf8")).trimEnd().split("\n").length] as const),
    );
    expect(lengths.filter(([, length]) => length > 250)).toEqual([]);
  });

  const map = await readFile(join(root, "docs/architecture.md"), "utf8");

  test("has every folder on the map, and no other", () => {
    const rows = [...map.matchAll(/^\| `(src[a-z/-]*)` /gm)].map(([, folder]) => folder);
    expect(rows.sort()).toEqual(folders.map((folder) => folder.slice(root.length + 1)).sort());
  });

  test("has every file that the map names", () => {
    for (const [, path = ""] of map.matchAll(/`((?:src|test)\/[\w./-]+)`/g)) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });
});
