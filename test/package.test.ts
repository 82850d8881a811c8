import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { publint } from "publint";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");
let folder = "";
let tarball = "";
let installed = "";

// What a user gets: the tarball, unpacked where a project would have it.
beforeAll(async () => {
  expect(existsSync(join(root, "dist/index.js")), "run `npm run build` first").toBe(true);
  folder = await mkdtemp(join(tmpdir(), "engage-package-"));
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`);
  installed = join(folder, "node_modules", manifest.name);
  await mkdir(installed, { recursive: true });
  await run("tar", ["--extract", "--file", tarball, "--directory", installed, "--strip-components", "1"]);
  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]) {
    await mkdir(join(folder, "node_modules", name, ".."), { recursive: true });
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
}, 30_000);

afterAll(() => rm(folder, { recursive: true }));

describe("the tarball", () => {
  test("holds what is needed, in less than 200 KB", async () => {
    const files = await readdir(installed, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    const outside = names.map((name) => name.slice(installed.length + 1)).filter((name) => !name.startsWith("dist/"));
    expect(outside.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    expect(new Set(names.map((name) => name.match(/(\.d)?\.\w+$/)?.[0]).filter(Boolean))).toEqual(
      new Set([".d.ts", ".js", ".json", ".map", ".md"]),
    );
    expect((await stat(tarball)).size).toBeLessThan(200_000);
  });

  test("has nothing that publint objects to", async () => {
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages).toEqual([]);
  });

  test("has types that attw takes for right", async () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    // It exits with 1 where it finds a problem.
    const { stdout } = await run(process.execPath, [attw, tarball, "--profile", "esm-only"]);
    for (const entry of entries) expect(stdout).toContain(`"${manifest.name}${entry.slice(1)}"`);
  });

  test("maps every script to the sources it was made of", async () => {
    const scripts = (await readdir(join(installed, "dist"))).filter((name) => name.endsWith(".js"));
    const sources = new Set<string>();
    for (const script of scripts) {
      const text = await readFile(join(installed, "dist", script), "utf8");
      expect(text).toContain(`//# sourceMappingURL=${script}.map`);
      const map = JSON.parse(await readFile(join(installed, "dist", `${script}.map`), "utf8"));
      for (const source of map.sources) sources.add(source);
    }
    for (const source of sources) expect(existsSync(resolve(root, "dist", source)), source).toBe(true);
    expect(sources).toContain("../src/source/profile-pages.ts");
  });
});

describe("an entry point", () => {
  test.each([
    [".", ["ky"]],
    ["./duckdb", ["@duckdb/node-api", "@duckdb/node-bindings", "node:fs", "node:os"]],
    ["./duckdb-wasm", ["apache-arrow"]],
    ["./simulator", []],
  ])("%s imports nothing but %j", async (entry, expected) => {
    const [output] = await bundle({
      entryPoints: [join(installed, manifest.exports[entry].default)],
      packages: "external",
    });
    const imports = output?.imports ?? [];
    expect(new Set(imports.map(({ path }) => path))).toEqual(new Set(expected));
  });

  test("is there for every name in `exports`, and has no other beside them", () => {
    expect(entries).toEqual([".", "./duckdb", "./duckdb-wasm", "./simulator"]);
    for (const entry of entries) {
      for (const file of Object.values<string>(manifest.exports[entry])) {
        expect(existsSync(join(installed, file)), file).toBe(true);
      }
    }
  });

  test("that is used for `ndjson` alone brings no client along", async () => {
    const [output] = await bundle({
      stdin: { contents: `export { ndjson } from "${manifest.name}";`, resolveDir: folder },
    });
    expect(output?.text).toContain("function ndjson(");
    expect(output?.text).not.toMatch(/api\/query\/engage|Authorization|session_id/);
    expect(output?.modules.filter((path) => !path.includes(`/${manifest.name}/dist/`))).toEqual([]);
    expect(output?.text.length).toBeLessThan(20_000);
  });
});

/** What esbuild makes of an entry: its text, what it imports, and the modules of which something is in it. */
async function bundle(options: BuildOptions) {
  const { metafile, outputFiles } = await build({
    bundle: true,
    format: "esm",
    platform: "neutral",
    external: ["node:*"],
    metafile: true,
    write: false,
    logLevel: "error",
    ...options,
  });
  const text = (outputFiles ?? []).map((file) => file.text).join("");
  return Object.values(metafile?.outputs ?? {}).map(({ imports, inputs }) => ({
    text,
    imports,
    modules: Object.keys(inputs).filter((path) => inputs[path]?.bytesInOutput !== 0),
  }));
}

describe("types", () => {
  const consumer = `
    import { exportProfiles, type ExportResult, ndjson, normalizeProfiles, profilePages } from "engage-export";
    import { duckdbSink, readCheckpoint } from "engage-export/duckdb";
    import { duckdbWasmSink } from "engage-export/duckdb-wasm";
    import { engageSimulator } from "engage-export/simulator";

    const { projectId, serviceAccount } = engageSimulator();
    const account = { projectId, serviceAccount };
    const bytes: ReadableStream<Uint8Array> = profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(ndjson());
    const sink = await duckdbSink({ path: "x.duckdb", mode: "resume" });
    const result: ExportResult = await exportProfiles({ ...account, sink, resume: await readCheckpoint("x.duckdb") });
    export const open: Parameters<typeof duckdbWasmSink>[0]["mode"] = "append";
    export { bytes };
    export const rows: number = result.totalRows;
    export const wrong: string = result.totalRows;
  `;
  const kinds = [
    ["bundler", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
    ["node16", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ["nodenext", ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  ] as const;

  test.each(kinds)("resolve under moduleResolution %s", async (_, module, moduleResolution) => {
    const file = join(folder, "consumer.mts");
    await writeFile(file, consumer);
    const program = ts.createProgram([file], {
      module,
      moduleResolution,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
    });
    const ours = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName === file || fileName.includes("engage-export/dist/"));
    const errors = ours.flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]);
    expect(ours.length).toBeGreaterThan(entries.length);
    // The last line is wrong on purpose: what would be \`any\` would be taken for a string.
    expect(errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "))).toEqual([
      "Type 'number' is not assignable to type 'string'.",
    ]);
  });
});
