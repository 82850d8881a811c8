import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { lockOutput } from "../../../src/sink/file/output-lock.ts";
import { served, spawnCommand } from "../../helpers/cli-spawn.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

describe("lockOutput", () => {
  test("lets one writer in, names it, and lets the next one in when it is done", async () => {
    const output = join(temporaryDirectory(), "a.ndjson");
    const lock = await lockOutput(output);
    const { code, message } = await errorOf(() => lockOutput(output));
    expect([code, message]).toEqual([
      "locked",
      expect.stringContaining(`this process (${process.pid}) writes it already`),
    ]);
    await lock.release();
    await (await lockOutput(output)).release();
  });

  test("takes over from a process that is gone, from another start of the system and from a reused number", async () => {
    const output = join(temporaryDirectory(), "a.ndjson");
    const lock = await lockOutput(output);
    const own = JSON.parse(readFileSync(`${output}.lock`, "utf8"));
    await lock.release();
    for (const gone of [{ pid: 2 ** 22 + 1 }, { boot: "an earlier one" }, { started: "0" }]) {
      writeFileSync(`${output}.lock`, JSON.stringify({ ...own, ...gone }));
      await (await lockOutput(output)).release();
    }
  });

  test.skipIf(process.platform !== "linux")(
    "takes over from a process that was killed and whose parent has not noticed",
    async () => {
      const output = join(temporaryDirectory(), "a.ndjson");
      const pid = await unnoticed();
      const lock = await lockOutput(output);
      const own = JSON.parse(readFileSync(`${output}.lock`, "utf8"));
      await lock.release();
      writeFileSync(`${output}.lock`, JSON.stringify({ ...own, pid, started: startOf(pid) }));
      await (await lockOutput(output)).release();
    },
  );

  test("removes what a process left that was killed while it made a lock, and nothing of one that runs", async () => {
    const directory = temporaryDirectory();
    const output = join(directory, "a.ndjson");
    const ours = JSON.stringify({ host: hostname(), boot: null, pid: 2 ** 22 + 1, started: null });
    const files = {
      [`a.ndjson.lock.${2 ** 22 + 1}.1`]: ours,
      [`a.ndjson.lock.taking.${2 ** 22 + 1}.2`]: "",
      "a.ndjson.lock.taking": ours,
      [`a.ndjson.lock.${process.pid}.999999`]: "",
      [`a.ndjson.lock.${2 ** 22 + 1}.3`]: JSON.stringify({ host: `not-${hostname()}` }),
      "a.ndjson.lockers.1.1": "",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    await (await lockOutput(output)).release();
    expect(readdirSync(directory).sort()).toEqual(Object.keys(files).slice(3).sort());
  });

  test("never takes over from another host, and says which file to remove", async () => {
    const output = join(temporaryDirectory(), "a.ndjson");
    writeFileSync(`${output}.lock`, JSON.stringify({ host: `not-${hostname()}`, boot: null, pid: 1, started: null }));
    const { message } = await errorOf(() => lockOutput(output));
    expect(message).toContain(`process 1 on not-${hostname()} writes it already`);
    expect(message).toContain(`remove ${output}.lock`);
  });

  test.each([
    ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
    ["a directory", (path: string) => mkdirSync(path)],
    ["a link", (path: string) => symlinkSync("/dev/zero", path)],
  ])("refuses %s in the place of a lock, and reads nothing of it", async (_, make) => {
    const output = join(temporaryDirectory(), "a.ndjson");
    make(`${output}.lock`);
    const { code, message } = await errorOf(() => lockOutput(output));
    expect([code, message]).toEqual(["usage", expect.stringContaining("something else has the name of its lock")]);
  });

  test("lets one writer in also where the file system has no links", async () => {
    const link = vi.spyOn(fs, "link").mockRejectedValue(Object.assign(new Error("no links"), { code: "EPERM" }));
    syncBuiltinESMExports();
    onTestFinished(() => {
      link.mockRestore();
      syncBuiltinESMExports();
    });
    const output = join(temporaryDirectory(), "a.ndjson");
    for (const left of ["", JSON.stringify({ host: hostname(), boot: "an earlier one", pid: 1, started: null })]) {
      if (left !== "") writeFileSync(`${output}.lock`, left);
      const lock = await lockOutput(output);
      expect((await errorOf(() => lockOutput(output))).message).toContain(`this process (${process.pid}) writes it`);
      await lock.release();
      expect(readdirSync(dirname(output))).toEqual([]);
    }
    expect(link).toHaveBeenCalled();
  });

  test("of twenty that ask at once exactly one gets it, whether a dead one held it or nobody did", async () => {
    for (const left of ["", JSON.stringify({ host: hostname(), boot: "an earlier one", pid: 1, started: null })]) {
      const output = join(temporaryDirectory(), "a.ndjson");
      if (left !== "") writeFileSync(`${output}.lock`, left);
      const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lockOutput(output)));
      expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    }
  });
});

/** A process that has ended, of which the system still knows. */
async function unnoticed(): Promise<number> {
  // The shell becomes a program that never asks for its children.
  const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void parent.kill());
  const [pid] = await once(parent.stdout.setEncoding("utf8"), "data");
  await vi.waitUntil(() => / Z /.test(readFileSync(`/proc/${Number(pid)}/stat`, "utf8")));
  return Number(pid);
}

function startOf(process: number): string | undefined {
  return readFileSync(`/proc/${process}/stat`, "utf8").split(" ")[21];
}

test("a second run of the command ends with exit 2 and names the first, until that one is killed", async () => {
  const cwd = temporaryDirectory();
  const env = await served(engageSimulator({ profiles: 3000, faults: [{ page: 1, fault: { kind: "hang" } }] }));
  const first = spawnCommand(["--out", "a.ndjson", "--verbose"], { cwd, env });
  await new Promise((resolve) => first.child.stderr?.once("data", resolve));
  const second = await spawnCommand(["--out", "a.ndjson", "--replace"], { cwd, env }).ended;
  expect([second.code, second.stderr]).toEqual([2, expect.stringContaining(`process ${first.child.pid} writes it`)]);
  first.child.kill("SIGKILL");
  await first.ended;
  expect((await spawnCommand(["--out", "a.ndjson", "--resume"], { cwd, env }).ended).code).toBe(0);
  expect(readFileSync(join(cwd, "a.ndjson"), "utf8").split("\n")).toHaveLength(3001);
});
