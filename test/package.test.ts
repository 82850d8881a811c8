import { execFile } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { publint } from "publint";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SimulatorServer, serveSimulator } from "../src/cli/simulate/serve-simulator.ts";
import { engageSimulator } from "../src/simulator.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");
const dependencies = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
let folder = "";
let tarball = "";
let installed = "";

// What a user gets: the tarball that a fresh clone packs, unpacked where a project would have it. The clone has what git knows,
// and what it would be told of next.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engage-package-"));
  const clone = join(folder, "clone");
  const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(join(root, name)))) {
    cpSync(join(root, file), join(clone, file));
  }
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));
  await run("npm", ["pack", "--pack-destination", folder], { cwd: clone });
  tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`);
  installed = join(folder, "node_modules", manifest.name);
  await unpack(installed);
  for (const name of dependencies) await link(folder, name);
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

async function unpack(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await run("tar", ["--extract", "--file", tarball, "--directory", target, "--strip-components", "1"]);
}

async function link(project: string, name: string): Promise<void> {
  const target = join(project, "node_modules", name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(root, "node_modules", name), target);
}

describe("the tarball", () => {
  test("holds what is needed, in less than 320 KB", async () => {
    const files = await readdir(installed, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    const outside = names.map((name) => name.slice(installed.length + 1)).filter((name) => !name.startsWith("dist/"));
    expect(outside.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    expect(new Set(names.map((name) => name.match(/(\.d)?\.\w+$/)?.[0]).filter(Boolean))).toEqual(
      new Set([".d.ts", ".js", ".json", ".map", ".md"]),
    );
    expect((await stat(tarball)).size).toBeLessThan(320_000);
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

  test("has types that name nothing internal", async () => {
    const names = (await readdir(join(installed, "dist"))).filter((name) => name.endsWith(".d.ts"));
    const types = await Promise.all(names.map((name) => readFile(join(installed, "dist", name), "utf8")));
    expect(types.join("\n").match(/internal|PageSlices|pageOf|sentOf/gi)).toBeNull();
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
  // What each may import. A new entry goes into `exports` of package.json, which the build reads, and here.
  const imports: Record<string, readonly string[]> = {
    ".": ["ky"],
    "./files": ["node:", "aws4fetch"],
    "./duckdb": ["node:", "@duckdb/node-api", "@duckdb/node-bindings"],
    "./postgres": ["node:", "postgres"],
    "./duckdb-wasm": ["@duckdb/duckdb-wasm", "apache-arrow"],
    "./simulator": [],
  };

  test.each(entries)("%s imports nothing but what it may", async (entry) => {
    const [output] = await bundle({
      entryPoints: [join(installed, manifest.exports[entry].default)],
      packages: "external",
    });
    const found = (output?.imports ?? []).map(({ path }) => path.replace(/^node:.*/, "node:"));
    expect(found.filter((name) => !imports[entry]?.includes(name))).toEqual([]);
  });

  test.each(entries)("%s has its script and its types in the tarball", async (entry) => {
    const name = entry === "." ? "index" : entry.slice("./".length);
    expect(manifest.exports[entry]).toEqual({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
    for (const file of Object.values<string>(manifest.exports[entry])) {
      expect((await stat(join(installed, file))).size, file).toBeGreaterThan(0);
    }
    expect(existsSync(join(root, "src", `${name}.ts`))).toBe(true);
  });

  test("that is used for `ndjson` alone brings no client along", async () => {
    const [output] = await bundle({
      stdin: { contents: `export { ndjson } from "${manifest.name}";`, resolveDir: folder },
    });
    expect(output?.text).toContain("function ndjson(");
    expect(output?.text).not.toMatch(/api\/query\/engage|Authorization|session_id/);
    expect(output?.modules.filter((path) => !path.includes(`/${manifest.name}/dist/`))).toEqual([]);
    expect(output?.text.length).toBeLessThan(32_000);
  });
});

test("a row is shown by its name and fields, and one of another copy of the package is refused by name", async () => {
  const script = `
    import { ndjson, profileRow } from "${manifest.name}";
    const other = await import(${JSON.stringify(pathToFileURL(join(root, "dist/index.js")).href)});
    const fields = { distinctId: "a", lastSeen: null, properties: { plan: "free" } };
    console.log(profileRow(fields));
    const { readable, writable } = ndjson();
    const page = { status: "loaded", session: {}, pageIndex: 0, attempts: 1, rows: [other.profileRow(fields)] };
    writable.getWriter().write(page).catch(() => {});
    await readable.getReader().read().catch((error) => console.log(String(error)));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
  expect(stdout.split("\n")[0]).toMatch(/^ProfileRow \{/);
  expect(stdout).toContain(`propertiesJson: '{"plan":"free"}'`);
  expect(stdout).toMatch(/TypeError: .*a ProfileRow of another copy of the package/);
});

describe("an installation with --omit=optional, which has no native DuckDB", () => {
  const simulator = engageSimulator({ profiles: 120 });
  let project = "";
  let server: SimulatorServer | undefined;

  beforeAll(async () => {
    project = join(folder, "without-duckdb");
    await unpack(join(project, "node_modules", manifest.name));
    for (const name of dependencies.filter((name) => name !== "@duckdb/node-bindings")) await link(project, name);
    // The script that looks for the native library is there, and finds none.
    const bindings = join(project, "node_modules/@duckdb/node-bindings");
    await mkdir(dirname(bindings), { recursive: true });
    cpSync(join(root, "node_modules/@duckdb/node-bindings"), bindings, { recursive: true, dereference: true });
    server = await serveSimulator(simulator, { port: 0 });
  });

  afterAll(() => server?.close());

  function command(...args: readonly string[]) {
    const cli = join(project, "node_modules", manifest.name, "dist/cli.js");
    const { username, secret } = simulator.serviceAccount;
    const account = { MP_PROJECT_ID: simulator.projectId, MP_USERNAME: username, MP_SECRET: secret };
    // The linked packages see what is installed beside them, as they would not see here.
    const flags = ["--preserve-symlinks", "--preserve-symlinks-main", cli, ...args];
    return run(process.execPath, flags, { cwd: project, env: { ...account, MP_API_BASE_URL: server?.url } });
  }

  test("exports NDJSON", async () => {
    const { stdout } = await command("--out", "profiles.ndjson");
    expect(JSON.parse(stdout)).toMatchObject({ total_rows: 120, complete: true });
  });

  test("says what is missing when a DuckDB file is asked for", async () => {
    const outcome = await command("--out", "profiles.duckdb").catch((error) => error);
    expect(outcome).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^error: .*DuckDB.*\n$/) });
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

  const libraries = new Map<string, ts.SourceFile | undefined>();

  /** A host that reads the libraries of the language once for all kinds. */
  function hostOf(options: ts.CompilerOptions): ts.CompilerHost {
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (name, ...rest) => {
      if (!/\/typescript\/lib\/lib\.[^/]*$/.test(name)) return getSourceFile(name, ...rest);
      if (!libraries.has(name)) libraries.set(name, getSourceFile(name, ...rest));
      return libraries.get(name);
    };
    return host;
  }

  test.each(kinds)("resolve under moduleResolution %s", async (_, module, moduleResolution) => {
    const file = join(folder, "consumer.mts");
    await writeFile(file, consumer);
    const options: ts.CompilerOptions = {
      module,
      moduleResolution,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
    };
    const program = ts.createProgram([file], options, hostOf(options));
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
