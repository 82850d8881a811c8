import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findOutputFile, publishPart } from "../../../src/sink/file/output-file.ts";
import { smallSimulator, undisturbedLines } from "../../helpers/cli-export.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

describe("findOutputFile", () => {
  test("follows links as a shell does, dangling ones and chains too", async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, "there"));
    symlinkSync("there/target.ndjson", join(cwd, "link.ndjson"));
    symlinkSync("link.ndjson", join(cwd, "chain.ndjson"));
    const path = join(cwd, "there/target.ndjson");
    expect(await findOutputFile(join(cwd, "chain.ndjson"))).toMatchObject({
      path,
      part: `${path}.part`,
      found: undefined,
    });
  });

  test("refuses a loop of links, a directory and a device", async () => {
    const cwd = temporaryDirectory();
    symlinkSync("loop", join(cwd, "loop"));
    for (const [path, reason] of [
      [join(cwd, "loop"), "lead nowhere"],
      [cwd, "it is a directory"],
      ["/dev/null", "a pipe or a device"],
    ] as const) {
      expect((await errorOf(() => findOutputFile(path))).message).toContain(reason);
    }
  });
});

describe("publishPart", () => {
  test("finishes what was killed when the file had both names", async () => {
    const path = join(temporaryDirectory(), "a.ndjson");
    writeFileSync(`${path}.part`, "all\n");
    linkSync(`${path}.part`, path);
    await publishPart(await findOutputFile(path), { replace: true });
    expect(readFileSync(path, "utf8")).toBe("all\n");
    expect(existsSync(`${path}.part`)).toBe(false);
  });
});

test.each(["create", "--replace", "--append"])("an export through a link fills its target: %s", async (mode) => {
  const cwd = temporaryDirectory();
  symlinkSync("target.ndjson", join(cwd, "link.ndjson"));
  if (mode !== "create") writeFileSync(join(cwd, "target.ndjson"), "old\n", { mode: 0o640 });
  const flags = mode === "create" ? [] : [mode];
  expect((await exportFrom(smallSimulator(), ["--out", "link.ndjson", ...flags], { cwd })).code).toBe(0);
  expect(lstatSync(join(cwd, "link.ndjson")).isSymbolicLink()).toBe(true);
  const old = mode === "--append" ? "old\n" : "";
  expect(readFileSync(join(cwd, "target.ndjson"), "utf8")).toBe(`${old}${await undisturbedLines()}`);
});

test("a replaced file keeps its permissions, and a new one is its owner's alone", async () => {
  const cwd = temporaryDirectory();
  await exportFrom(smallSimulator(), ["--out", "a.ndjson"], { cwd });
  expect(statSync(join(cwd, "a.ndjson")).mode & 0o777).toBe(0o600);
  chmodSync(join(cwd, "a.ndjson"), 0o644);
  await exportFrom(smallSimulator(), ["--out", "a.ndjson", "--replace"], { cwd });
  expect(statSync(join(cwd, "a.ndjson")).mode & 0o777).toBe(0o644);
});

describe.runIf(process.getuid?.() === 0)("as a user who is not root", () => {
  /** A directory of that user's. */
  const asUser = async (work: (cwd: string) => Promise<void>): Promise<void> => {
    const cwd = temporaryDirectory();
    chownSync(cwd, 1234, 1234);
    process.setegid?.(1234);
    process.seteuid?.(1234);
    try {
      await work(cwd);
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
  };

  test("a file that may not be written is not replaced, and nothing is requested", () =>
    asUser(async (cwd) => {
      writeFileSync(join(cwd, "a.ndjson"), "old\n", { mode: 0o444 });
      const simulator = smallSimulator();
      const { code, stderr } = await exportFrom(simulator, ["--out", "a.ndjson", "--replace"], { cwd });
      expect([code, simulator.requestCount]).toEqual([2, 0]);
      expect(stderr).toBe(`error: Cannot write there, there is no permission: ${join(cwd, "a.ndjson")}\n`);
      expect(readdirSync(cwd)).toEqual(["a.ndjson"]);
    }));

  test("what a group might read is not for the group of whoever replaces it", async () => {
    await asUser(async (cwd) => {
      writeFileSync(join(cwd, "a.ndjson"), "old\n");
      process.seteuid?.(0);
      chownSync(join(cwd, "a.ndjson"), 1234, 4321);
      chmodSync(join(cwd, "a.ndjson"), 0o640);
      process.seteuid?.(1234);
      expect((await exportFrom(smallSimulator(), ["--out", "a.ndjson", "--replace"], { cwd })).code).toBe(0);
      const { mode, gid } = statSync(join(cwd, "a.ndjson"));
      expect([mode & 0o777, gid]).toEqual([0o600, 1234]);
    });
  });
});

test.each([".part", ".checkpoint.json.tmp"])(
  "a link planted at the name ending in %s is never written through",
  async (ending) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "precious"), "mine");
    symlinkSync("precious", join(cwd, `a.ndjson${ending}`));
    const { code } = await exportFrom(smallSimulator(), ["--out", "a.ndjson"], { cwd });
    expect(code).toBe(ending === ".part" ? 2 : 0);
    expect(readFileSync(join(cwd, "precious"), "utf8")).toBe("mine");
    expect(existsSync(join(cwd, "a.ndjson"))).toBe(ending !== ".part");
  },
);
