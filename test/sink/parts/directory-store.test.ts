import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../../../src/files.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const bytes = new TextEncoder().encode("abc");

describe("directoryStore", () => {
  test("puts files in place, over others too, and lists, reads and removes them", async () => {
    const path = join(temporaryDirectory(), "a/b/");
    const store = directoryStore(path);
    await store.open?.();
    await store.put("x", new Uint8Array(10));
    await store.put("x", bytes);
    expect(await store.list()).toEqual(["x"]);
    expect(new TextDecoder().decode(await store.get("x"))).toBe("abc");
    await store.delete("x");
    await store.delete("x");
    expect(await store.get("x")).toBeUndefined();
    await store.put("y", bytes);
    await store.close?.();
    expect(readdirSync(path)).toEqual(["y"]);
  });

  test("leaves no directory behind that it made and that holds nothing", async () => {
    const path = join(temporaryDirectory(), "parts");
    const store = directoryStore(path);
    await store.open?.();
    await store.close?.();
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  test("has one writer at a time, named in words", async () => {
    const path = temporaryDirectory();
    const store = directoryStore(path);
    await store.open?.();
    const error = await errorOf(async () => directoryStore(path).open?.());
    expect(error).toMatchObject({ code: "locked" });
    expect(error.message).toMatch(/this process \(\d+\) writes it already.*: .*engage-export-\w+$/);
    await store.close?.();
    await directoryStore(path).open?.();
  });

  test("removes what a kill left half written, and nothing else", async () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, ".part-0123456789ab-00000.ndjson.part"), "half");
    writeFileSync(join(path, ".gitkeep"), "");
    const store = directoryStore(path);
    await store.open?.();
    expect(readdirSync(path)).toEqual([".gitkeep", "_writer.lock"]);
    expect(await store.list()).toEqual([".gitkeep"]);
  });

  test.each([
    ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
    ["a link to a device", (path: string) => symlinkSync("/dev/zero", path)],
    ["a directory", (path: string) => mkdirSync(path)],
  ])("refuses %s in the place of a file, and reads nothing of it", async (_, make) => {
    const path = temporaryDirectory();
    make(join(path, "_export.json"));
    const { code, message } = await errorOf(() => directoryStore(path).get("_export.json"));
    expect([code, message]).toEqual(["usage", expect.stringContaining("something else has the name")]);
  });

  test("a file in the place of the directory is refused, a link to a directory is followed", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "file"), "");
    const error = await errorOf(async () => directoryStore(join(directory, "file")).open?.());
    expect([error.code, error.message]).toEqual([
      "usage",
      `Cannot write there, it is no directory: ${join(directory, "file")}`,
    ]);
    mkdirSync(join(directory, "real"));
    symlinkSync(join(directory, "real"), join(directory, "link"));
    const store = directoryStore(join(directory, "link"));
    await store.open?.();
    await store.put("x", bytes);
    expect(readdirSync(join(directory, "real"))).toContain("x");
  });
});
