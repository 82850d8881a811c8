import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveSimulator } from "../src/cli/simulate/serve-simulator.ts";
import { engageSimulator } from "../src/simulator.ts";
import { run as runCommand } from "./helpers/cli-run.ts";
import { installCommand } from "./helpers/installed-command.ts";
import { type ModuleOutcome, runModules } from "./helpers/run-modules.ts";

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
  export default () => {
    const fetch = engageSimulator({ profiles: 1_200, serviceAccount: { username, secret } });
    Object.assign(globalThis, { projectId, username, secret, fetch });
  };
`;
let folder = "";

/** The blocks of a language, each with the page that holds it. */
function snippets(language: string): readonly (readonly [string, string])[] {
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g");
  return [...texts].flatMap(([page, text]) => [...text.matchAll(block)].map(([, code = ""]) => [page, code] as const));
}

/** What a person sees of a line of shell, run against a simulator; an exit but 0 rejects. */
async function outputOf(line: string): Promise<string> {
  const simulator = engageSimulator({ profiles: 25_000, serviceAccount: { username: "reader", secret: "hush-hush" } });
  const server = await serveSimulator(simulator, { port: 0 });
  try {
    const env = { ...account, MP_API_BASE_URL: server.url, PATH: `${join(folder, "bin")}:${process.env.PATH}` };
    const cwd = await mkdtemp(join(folder, "sh-"));
    const { stdout, stderr } = await run("sh", ["-c", line], { cwd, env, maxBuffer: 2 ** 26 });
    return stdout + stderr;
  } finally {
    await server.close();
  }
}

/** The arguments that a shell hands to the command. */
async function argumentsOf(line: string): Promise<readonly string[]> {
  const cwd = await mkdtemp(join(folder, "arguments-"));
  const PATH = `${join(folder, "recorder")}:${join(folder, "bin")}:${process.env.PATH}`;
  await run("sh", ["-c", line], { cwd, env: { PATH, ARGUMENTS: join(cwd, "arguments") } });
  return (await readFile(join(cwd, "arguments"), "utf8")).split("\0").slice(0, -1);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engage-readme-"));
  installCommand(folder);
  const recorder = join(folder, "recorder");
  await mkdir(recorder);
  await writeFile(
    join(recorder, "engage-export"),
    `#!/bin/sh\n{ [ $# -eq 0 ] || printf '%s\\0' "$@"; } > "$ARGUMENTS"\n`,
    { mode: 0o755 },
  );
});

afterAll(() => rm(folder, { recursive: true }));

describe("code", () => {
  const codes = snippets("js");
  let outcomes: readonly ModuleOutcome[] = [];

  beforeAll(async () => {
    const modules = codes.map(([, code]) => code);
    outcomes = await runModules(join(folder, "js"), modules, surroundings, { ...process.env, ...account });
  }, 60_000);

  test.each(codes.map(([page, code], place) => [page, code.trim().split("\n")[0], code, place] as const))(
    "of %s runs: %s …",
    (_, __, code, place) => {
      const promised = code.match(/console\.log\(.*\); \/\/ (.*)/)?.[1] ?? "";
      expect(outcomes[place]).toEqual({ printed: expect.stringContaining(promised) });
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
    const cwd = await mkdtemp(join(folder, "sh-"));
    const fetch = engageSimulator({ profiles: 1_200, serviceAccount: { username: "reader", secret: "hush-hush" } });
    const options = { cwd, env: account, fetch };
    // What --append works on is there already.
    if (line.includes("--append")) await runCommand(["--out", "profiles.duckdb"], options);
    expect(await runCommand(await argumentsOf(line), options)).toMatchObject({ code: 0 });
    expect(fetch.requestCount).toBeGreaterThan(0);
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
    const said = (await outputOf(line.replace(" --resume", ""))).split("\n").map(shape);
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
