import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
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

  test("waits until somebody reads the pipe of a name, and tells that reader of its end", async () => {
    const path = join(temporaryDirectory(), "pipe");
    execFileSync("mkfifo", [path]);
    const output = new PipeOutput(path);
    output.end("all of it");
    // The writer has found no reader by the time that a process has started.
    const { stdout } = await promisify(execFile)("cat", [path]);
    expect(stdout).toBe("all of it");
    await finished(output);
  });

  test("refuses what cannot be opened, such as a socket", async () => {
    const path = join(temporaryDirectory(), "socket");
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    await expect(finished(new PipeOutput(path))).rejects.toMatchObject({ code: "ENXIO" });
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
