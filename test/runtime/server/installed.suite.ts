import { type ChildProcess, execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { profileLines, profileTexts } from "../suite/profiles.ts";
import { type Simulated, simulated } from "../suite/simulated.ts";
import { runScript } from "./run-script.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** An empty project into which the package's tarball is installed. */
    readonly project: string;
  }
}

const root = new URL("../../../", import.meta.url);
const project = inject("project");
const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
const profiles = profileTexts(450);
let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(project, "run-"));
});

const NAMES = {
  "engage-export": [
    "EngageError",
    "dropProperties",
    "exportProfiles",
    "isEngageError",
    "ndjson",
    "ndjsonSink",
    "normalizeProfiles",
    "profilePages",
    "profileRow",
  ],
  "engage-export/files": ["directoryStore", "ndjsonFile", "partFiles", "s3Store"],
  "engage-export/duckdb": [
    "columnsOf",
    "csvFile",
    "csvParts",
    "duckdbSink",
    "parquetFile",
    "parquetParts",
    "readCheckpoint",
  ],
  "engage-export/postgres": ["postgresSink"],
  "engage-export/duckdb-wasm": ["chooseColumns", "duckdbWasmSink", "valueClass"],
  "engage-export/simulator": ["ConnectionReset", "engageSimulator", "profileJson"],
};

describe("the package, installed from its tarball,", () => {
  test.each(Object.entries(NAMES))("has the entry %s", async (entry, names) => {
    const script = join(cwd, "import-entry.mjs");
    await writeFile(script, `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(entry)}))));`);
    const { stdout, stderr } = await runScript(script);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(names);
  });

  test("has the command", async () => {
    const command = runtime === "deno" ? "npm:engage-export" : join(project, "node_modules/.bin/engage-export");
    const { version } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
    expect(await runScript(command, { args: ["--version"], cwd })).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  test.runIf(runtime === "node")("has it for npx", async () => {
    const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const npx = promisify(execFile)("npx", ["--no-install", "engage-export", "--version"], {
      cwd,
      env: { ...process.env, PATH },
    });
    expect((await npx).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  // What the snippets leave to the reader: an account, and a Mixpanel that knows it.
  const surroundings = `
    import { engageSimulator } from "engage-export/simulator";
    const [projectId, username, secret] = ["1234567", "reader", "hush-hush"];
    const fetch = engageSimulator({ profiles: 1_200, serviceAccount: { username, secret } });
    Object.assign(globalThis, { projectId, username, secret, fetch });
    await import("./snippet.mjs");`;

  test.each(snippets())("runs the README's code: %s …", async (_, code) => {
    const folder = await mkdtemp(join(cwd, "readme-"));
    await writeFile(join(folder, "snippet.mjs"), code);
    await writeFile(join(folder, "surroundings.mjs"), surroundings);
    const { exitCode, stdout, stderr } = await runScript(join(folder, "surroundings.mjs"), { cwd: folder });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(code.match(/console\.log\(.*\); \/\/ (.*)/)?.[1] ?? "");
  });
});

describe.runIf(runtime !== "node")("the examples for this runtime", () => {
  beforeAll(async () => {
    for (const name of ["account.js", ...["file", "gzip", "serve"].map((topic) => `${runtime}-${topic}.ts`)]) {
      await copyFile(new URL(`examples/${name}`, root), join(cwd, name));
    }
  });

  const example = (
    topic: string,
    server: Simulated,
    more: { whileRunning?(child: ChildProcess): Promise<void> } = {},
  ) =>
    runScript(join(cwd, `${runtime}-${topic}.ts`), {
      cwd,
      env: {
        MP_API_BASE_URL: server.account.baseUrl,
        MP_PROJECT_ID: server.account.projectId,
        MP_USERNAME: server.account.serviceAccount.username,
        MP_SECRET: server.account.serviceAccount.secret,
        PORT: "0",
      },
      ...more,
    });

  test("write a file", async () => {
    const { stdout } = await example("file", await simulated({ profiles, pageSize: 100 }));
    expect(stdout).toBe("450 profiles in profiles.ndjson\n");
    expect(await readFile(join(cwd, "profiles.ndjson"), "utf8")).toBe(profileLines(0, 450));
  });

  test("write a gzipped file", async () => {
    const { exitCode } = await example("gzip", await simulated({ profiles, pageSize: 100 }));
    expect(exitCode).toBe(0);
    expect(gunzipSync(await readFile(join(cwd, "profiles.ndjson.gz"))).toString()).toBe(profileLines(0, 450));
  });

  test("stream into a response, and stop asking when its reader leaves", async () => {
    const server = await simulated({ profiles: profileTexts(20_000), latency: 20 });
    await example("serve", server, {
      async whileRunning(child) {
        const url = await announcedUrl(child);
        expect(await (await fetch(url)).text()).toBe(profileLines(0, 20_000));
        const before = (await server.pages()).length;
        const left = await fetch(url);
        const reader = left.body?.getReader();
        await reader?.read();
        await reader?.cancel();
        await server.idle();
        expect((await server.pages()).length).toBeLessThan(2 * before);
        process.kill(child.pid ?? 0);
      },
    });
  });
});

/** The README's blocks of JavaScript, each with its first line. */
function snippets(): [string, string][] {
  const readme = readFileSync(new URL("README.md", root), "utf8");
  return [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ""]) => [code.trim().split("\n")[0] ?? "", code]);
}

/** Where a server says that it listens. */
function announcedUrl({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    for (const stream of [stdout, stderr]) {
      stream?.on("data", (text) => {
        const [url] = String(text).match(/http:\/\/[\w.:]+/) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
  });
}
