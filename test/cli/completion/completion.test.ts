import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../helpers/cli-run.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const isInstalled = (shell: string) => spawnSync(shell, ["--version"]).status === 0;

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await run(["completion", shell]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** A home directory with an account file and two files to complete. */
function home(): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, ".mp"));
  writeFileSync(join(directory, ".mp", "config.toml"), "[accounts.team]\nregion='us'\n[accounts.trial-2]\n");
  writeFileSync(join(directory, "my file.duckdb"), "");
  writeFileSync(join(directory, "other.txt"), "");
  return directory;
}

/** What bash offers for the last of the words on the line, which it splits at the equals sign too. */
async function bashOffers(words: readonly string[]): Promise<readonly string[]> {
  const line = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _engage_export; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const cwd = home();
  const script = `${await scriptFor("bash")}\n${line}`;
  const args = ["--norc", "-c", script, "bash", "engage-export", ...words];
  const offers = execFileSync("bash", args, { cwd, env: { PATH: process.env.PATH, HOME: cwd }, encoding: "utf8" });
  return offers.split("\n").filter((offer) => offer !== "");
}

describe("completion for bash", () => {
  test.each([
    [["--outp"], ["--output-properties"]],
    [["--no-"], ["--no-gzip", "--no-progress"]],
    [["si"], ["simulate"]],
    [["--quiet", "si"], []],
    [
      ["--region", ""],
      ["us", "eu", "in"],
    ],
    [
      ["--region", "="],
      ["us", "eu", "in"],
    ],
    [["--region", "=", "e"], ["eu"]],
    [["-f", "du"], ["duckdb"]],
    [["--out", "m"], ["my file.duckdb"]],
    [["-o", "=", "o"], ["other.txt"]],
    [["--project-id", ""], []],
    [
      ["--account", "t"],
      ["team", "trial-2"],
    ],
    [["simulate", "--l"], ["--latency"]],
    [["completion", "z"], ["zsh"]],
  ])("offers for %j just %j", async (words, offers) => {
    expect(await bashOffers(words)).toEqual(offers);
  });

  test("offers every command and option at first", async () => {
    const { stdout } = await run(["--help"]);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, | {4})(--[\w-]+)/gm)].map(([, option]) => option);
    expect(options.length).toBeGreaterThan(30);
    expect(await bashOffers([""])).toEqual(expect.arrayContaining([...options, "demo", "completion"]));
  });
});

test.skipIf(!isInstalled("fish"))(
  "completion for fish offers commands, options, values, files and accounts",
  async () => {
    const cwd = home();
    const script = await scriptFor("fish");
    const offers = (line: string) =>
      execFileSync("fish", ["--no-config", "-c", `${script}\ncomplete -C ${JSON.stringify(line)}`], {
        cwd,
        env: { PATH: process.env.PATH, HOME: cwd },
        encoding: "utf8",
      })
        .trimEnd()
        .split("\n")
        .map((offer) => offer.split("\t")[0]);
    expect(offers("engage-export si")).toEqual(["simulate"]);
    expect(offers("engage-export --outp")).toEqual(["--output-properties"]);
    expect(offers("engage-export --region ")).toEqual(["eu", "in", "us"]);
    expect(offers("engage-export --account t")).toEqual(["team", "trial-2"]);
    expect(offers("engage-export --out m")).toEqual(["my file.duckdb"]);
    expect(offers("engage-export --project-id ")).toEqual([""]);
    expect(offers("engage-export simulate --l")).toEqual(["--latency"]);
    expect(offers("engage-export completion z")).toEqual(["zsh"]);
  },
);

test.skipIf(!isInstalled("zsh"))("completion for zsh is taken by its completion system", async () => {
  const cwd = home();
  const script = `autoload -U compinit; compinit -u -d ${cwd}/dump; ${await scriptFor("zsh")}\nprint $_comps[engage-export]`;
  const args = ["--no-rcs", "-c", script];
  expect(execFileSync("zsh", args, { cwd, encoding: "utf8" })).toBe("_engage-export\n");
});

test.each([
  [["completion"], "Name a shell: bash, zsh, fish (see engage-export completion --help)"],
  [["completion", "fihs"], "The shell must be one of bash, zsh, fish: fihs; did you mean fish?"],
  [["completion", "bash", "zsh"], "belongs to no option: zsh"],
])("%j is refused", async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
});
