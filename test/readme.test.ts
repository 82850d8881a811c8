import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveSimulator } from "../src/cli/simulate/serve-simulator.ts";
import { engageSimulator } from "../src/simulator.ts";
import { installCommand } from "./helpers/installed-command.ts";
import { startS3 } from "./helpers/s3-server.ts";

// The snippets run as a user would run them: against the built package, found by its name, in an empty folder.
const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const pages = ["README.md", "CONTRIBUTING.md", ...(await readdir(join(root, "docs"))).map((name) => `docs/${name}`)];
const texts = new Map(
  await Promise.all(
    pages
      .filter((page) => page.endsWith(".md"))
      .map(async (page) => [page, await readFile(join(root, page), "utf8")] as const),
  ),
);
const readme = texts.get("README.md") ?? "";
const account = {
  MP_PROJECT_ID: "1234567",
  MP_USERNAME: "reader",
  MP_SECRET: "hush-hush",
  MP_HASH_KEY: "a key of ours",
};
// What the snippets leave to the reader: an account, and a Mixpanel that knows it.
const surroundings = `
  import { engageSimulator } from "engage-export/simulator";
  const [projectId, username, secret] = ["1234567", "reader", "hush-hush"];
  const fetch = engageSimulator({ profiles: 1_200, serviceAccount: { username, secret } });
  Object.assign(globalThis, { projectId, username, secret, fetch });
`;
let folder = "";

/** The blocks of a language, each with the page that holds it. */
function snippets(language: string): readonly (readonly [string, string])[] {
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g");
  return [...texts].flatMap(([page, text]) => [...text.matchAll(block)].map(([, code = ""]) => [page, code] as const));
}

/** Runs a line of shell as its reader would, against a simulator; an exit but 0 rejects. */
async function runLine(line: string, profiles = 1_200): Promise<{ output: string; requests: number }> {
  const cwd = await mkdtemp(join(folder, "sh-"));
  const simulator = engageSimulator({ profiles, serviceAccount: { username: "reader", secret: "hush-hush" } });
  const server = await serveSimulator(simulator, { port: 0 });
  try {
    const path = `${join(folder, "bin")}:${process.env.PATH}`;
    const store = line.includes("s3://") ? await storeEnvironment() : {};
    const env = { ...account, ...store, MP_API_BASE_URL: server.url, PATH: path };
    const options = { cwd, env, maxBuffer: 2 ** 26 };
    // What --append works on is there already.
    if (line.includes("--append")) await run("sh", ["-c", "engage-export --out profiles.duckdb"], options);
    const { stdout, stderr } = await run("sh", ["-c", line], options);
    return { output: stdout + stderr, requests: simulator.requestCount };
  } finally {
    await server.close();
  }
}

/** What leads the command to an object store with the bucket of the docs. */
async function storeEnvironment(): Promise<Record<string, string>> {
  const { endpoint = "", accessKeyId, secretAccessKey } = (await startS3()).options;
  return { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engage-readme-"));
  installCommand(folder);
});

afterAll(() => rm(folder, { recursive: true }));

describe("code", () => {
  test.each(snippets("js").map(([page, code]) => [page, code.trim().split("\n")[0], code] as const))(
    "of %s runs: %s …",
    async (_, __, code) => {
      const cwd = await mkdtemp(join(folder, "js-"));
      await writeFile(join(cwd, "surroundings.mjs"), surroundings);
      await writeFile(join(cwd, "snippet.mjs"), code);
      const node = [process.execPath, ["--import", "./surroundings.mjs", "snippet.mjs"]] as const;
      const { stdout } = await run(...node, { cwd, env: { ...process.env, ...account }, maxBuffer: 2 ** 26 });
      const promised = code.match(/console\.log\(.*\); \/\/ (.*)/)?.[1] ?? "";
      expect(stdout).toContain(promised);
    },
  );
});

describe("commands", () => {
  const lines = snippets("sh").flatMap(([page, block]) =>
    block
      .trim()
      .split("\n")
      .filter((line) => /^(npx )?engage-export(?! (demo|simulate))/.test(line))
      // There is no such server here; test/sink/ has some that there are.
      .filter((line) => !/(postgres|s3):\/\//.test(line))
      .map((line) => [page, line] as const),
  );

  test.each(lines)("of %s run: %s", async (_, line) => {
    const { requests } = await runLine(line);
    expect(requests).toBeGreaterThan(0);
  });
});

describe("what a person sees", () => {
  const [, session = ""] = snippets("console").find(([page]) => page === "README.md") ?? [];
  const commands = session
    .split(/^\$ /m)
    .slice(1)
    .map((each) => each.trim().split("\n"));
  // Figures differ from run to run, and a bar is drawn on a terminal only.
  const shape = (line: string): string => line.replaceAll(/\d[\d,.]*/g, "N");

  test.each(commands.filter((lines) => !lines.includes("^C")))("after %s", async (line = "", ...shown) => {
    const { output } = await runLine(line.replace(" --resume", ""), 25_000);
    const said = output.split("\n").map(shape);
    for (const each of shown.filter((text) => !text.includes("█"))) expect(said).toContain(shape(each));
  });
});

describe("docs", () => {
  test("name every option of the command", async () => {
    const { stdout } = await run(process.execPath, [join(root, "dist/cli.js"), "--help"]);
    const options = new Set([...stdout.matchAll(/--([a-z][a-z-]+)/g)].map(([option]) => option));
    const cli = texts.get("docs/cli.md") ?? "";
    expect([...options].filter((option) => !new RegExp(`${option}(?![\\w-])`).test(cli))).toEqual([]);
  });

  test("say why for each package that the source imports", async () => {
    const sources = (await readdir(join(root, "src"), { recursive: true })).filter((name) => name.endsWith(".ts"));
    const imported = new Set<string>();
    for (const name of sources) {
      const text = await readFile(join(root, "src", name), "utf8");
      for (const [, found = ""] of text.matchAll(/(?:from |import\()"((?:@[\w-]+\/)?[a-z][\w-]*)(?:\/[\w-]+)?"/g)) {
        imported.add(found);
      }
    }
    const rows = [...(texts.get("docs/dependencies.md") ?? "").matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...imported].sort());
  });

  test("link to files that are there", () => {
    for (const [page, text] of texts) {
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(join(root, dirname(page), target)), `${target} in ${page}`).toBe(true);
      }
    }
  });

  test("link to headings that are there", () => {
    const anchor = (heading: string): string =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-");
    for (const [page, text] of texts) {
      for (const [, target = "", wanted = ""] of text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
        const linked = target === "" ? text : (texts.get(join(dirname(page), target)) ?? "");
        const anchors = [...linked.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchor(heading));
        expect(anchors, `${target}#${wanted} in ${page}`).toContain(wanted);
      }
    }
  });

  test("leave the README short", () => {
    expect(readme.split(/\s+/).length).toBeLessThan(900);
  });

  test("leave out no page", () => {
    const others = [...texts.keys()].filter((page) => page !== "README.md");
    expect(others.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
  });
});
