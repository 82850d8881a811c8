import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PipeOutput } from "../../../src/cli/output/pipe-output.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

describe("PipeOutput", () => {
  test("writes all of it into a pipe that does not block and is read slowly", async () => {
    const path = join(temporaryDirectory(), "pipe");
    execFileSync("mkfifo", [path]);
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const text = Array.from({ length: 40_000 }, (_, index) => `${index}\n`).join("");
    const output = new PipeOutput(pipe);
    let isWritten = false;
    output.write(text, () => {
      isWritten = true;
    });
    let read = "";
    const piece = new Uint8Array(10_000);
    while (read.length < text.length) {
      // A turn of the event loop each time, in which the writer may try again.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        read += new TextDecoder().decode(piece.subarray(0, readSync(pipe, piece)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      }
    }
    expect(read).toBe(text);
    await expect.poll(() => isWritten).toBe(true);
    closeSync(pipe);
  });

  test("fails as the system does", async () => {
    const full = openSync("/dev/full", "w");
    const output = new PipeOutput(full);
    output.on("error", () => {});
    const error = await new Promise((resolve) => output.write("a", resolve));
    expect(error).toMatchObject({ code: "ENOSPC" });
    closeSync(full);
  });
});
