import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveSimulator } from "../src/cli/simulate/serve-simulator.ts";
import { engageSimulator } from "../src/simulator.ts";

// The snippets run as a user would run them: against the built package, found by its name, in an empty folder.
const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const readme = await readFile(join(root, "README.md"), "utf8");
const account = { MP_PROJECT_ID: "1234567", MP_USERNAME: "reader", MP_SECRET: "hush-hush" };
// What the snippets leave to the reader: an account, and a Mixpanel that knows it.
const surroundings = `
  import { engageSimulator } from "engage-export/simulator";
  const [projectId, username, secret] = ["1234567", "reader", "hush-hush"];
  const fetch = engageSimulator({ profiles: 1_200, serviceAccount: { username, secret } });
  Object.assign(globalThis, { projectId, username, secret, fetch });
`;
let folder = "";

function snippets(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);
}

beforeAll(async () => {
  expect(existsSync(join(root, "dist/index.js")), "run `npm run build` first").toBe(true);
  folder = await mkdtemp(join(tmpdir(), "engage-readme-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/engage-export"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("the README's code", () => {
  const blocks = snippets("js");
  test.each(blocks.map((code) => [code.trim().split("\n")[0], code] as const))("runs: %s …", async (_, code) => {
    const cwd = await mkdtemp(join(folder, "js-"));
    await writeFile(join(cwd, "surroundings.mjs"), surroundings);
    await writeFile(join(cwd, "snippet.mjs"), code);
    const node = [process.execPath, ["--import", "./surroundings.mjs", "snippet.mjs"]] as const;
    const { stdout } = await run(...node, { cwd, maxBuffer: 2 ** 26 });
    const promised = code.match(/console\.log\(.*\); \/\/ (.*)/)?.[1] ?? "";
    expect(stdout).toContain(promised);
  });
});

describe("the README's commands", () => {
  const lines = snippets("sh")
    .flatMap((block) => block.trim().split("\n"))
    .filter((line) => /^(npx )?engage-export(?! (demo|simulate))/.test(line));

  test.each(lines)("run: %s", async (line) => {
    const cwd = await mkdtemp(join(folder, "sh-"));
    const simulator = engageSimulator({ profiles: 1_200, serviceAccount: { username: "reader", secret: "hush-hush" } });
    const server = await serveSimulator(simulator, { port: 0 });
    try {
      const bin = join(cwd, "bin");
      await mkdir(bin);
      await writeFile(join(bin, "engage-export"), `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/cli.js" "$@"\n`);
      await writeFile(join(bin, "npx"), '#!/bin/sh\nexec "$@"\n');
      await Promise.all([chmod(join(bin, "engage-export"), 0o755), chmod(join(bin, "npx"), 0o755)]);
      const env = { ...account, MP_API_BASE_URL: server.url, PATH: `${bin}:${process.env.PATH}` };
      // What --append works on is there already.
      if (line.includes("--append")) await run("sh", ["-c", "engage-export --out profiles.duckdb"], { cwd, env });
      await expect(run("sh", ["-c", line], { cwd, env, maxBuffer: 2 ** 26 })).resolves.toBeDefined();
      expect(simulator.requestCount).toBeGreaterThan(0);
    } finally {
      await server.close();
    }
  });
});

test("the README names every option of the command", async () => {
  const { stdout } = await run(process.execPath, [join(root, "dist/cli.js"), "--help"]);
  const options = new Set([...stdout.matchAll(/--([a-z][a-z-]+)/g)].map(([option]) => option));
  for (const option of ["--help", "--version"]) options.delete(option);
  expect([...options].filter((option) => !readme.includes(option))).toEqual([]);
});
