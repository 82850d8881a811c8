#!/usr/bin/env node
import { main } from "./main.ts";
import { PipeOutput } from "./output/pipe-output.ts";

// Profiles are personal data: what the command writes is for its owner alone.
process.umask(0o077);

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second signal ends at once.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort(new Error(signal));
  });
}

const exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  // Only to be opened where it is read.
  get stdin() {
    return process.stdin;
  },
  stdout: "Deno" in globalThis && !process.stdout.isTTY ? new PipeOutput(process.stdout.fd) : process.stdout,
  stderr: process.stderr,
  signals: interruption.signal,
});
// Set, not called: an exit would cut what a pipe has not taken. Only who was interrupted does not wait for a reader who has stopped reading.
process.exitCode = exitCode;
if (interruption.signal.aborted) process.exit();
