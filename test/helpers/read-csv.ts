import { spawnSync } from "node:child_process";
import { expect } from "vitest";

/** Whether there is a Python that can read it. */
export const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** As Python's own module reads it. */
export function readCsv(text: string): string[][] {
  const script = `import csv, io, json, sys
csv.field_size_limit(10 ** 9)
text = sys.stdin.buffer.read().decode("utf-8")
json.dump(list(csv.reader(io.StringIO(text, newline=""), strict=True)), sys.stdout)`;
  const { stdout, stderr } = spawnSync("python3", ["-c", script], {
    input: text,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}
