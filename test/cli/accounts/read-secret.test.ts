import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { CapturedOutput } from "../../helpers/cli-run.ts";

describe("readSecret", () => {
  test("ends with the signal while nobody types the secret", async () => {
    const interruption = new AbortController();
    const stderr = new CapturedOutput();
    const { signal: signals } = interruption;
    const stdin = new PassThrough();
    const ended = main({ args: ["--secret-file", "-"], env: {}, stdin, stdout: new CapturedOutput(), stderr, signals });
    interruption.abort();
    expect([await ended, stderr.text]).toEqual([130, "error: interrupted\n"]);
  });
});
