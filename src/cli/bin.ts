#!/usr/bin/env node
import { Interruption } from "./interruption.ts";
import { main } from "./main.ts";
import { PipeOutput } from "./output/pipe-output.ts";

// Profiles are personal data: what the command writes is for its owner alone.
process.umask(0o077);

const interruption = new Interruption(process);

const stdout = "Deno" in globalThis && !process.stdout.isTTY ? new PipeOutput(process.stdout.fd) : process.stdout;
const { stderr } = process;

process.exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  // Only to be opened where it is read.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  signals: interruption.signal,
});
// A connection that is still open, such as one to a proxy that never answers, is not waited for; whoever reads a pipe is,
// unless the command was interrupted.
const end = (): void => {
  interruption.release();
  process.exit();
};
if (interruption.signal.aborted) end();
interruption.signal.addEventListener("abort", end);
await Promise.all([stdout, stderr].map((output) => new Promise<void>((taken) => output.write("", () => taken()))));
end();
