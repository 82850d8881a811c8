import { spawn } from "node:child_process";

/** Runs a command to its end and returns its exit code and everything it printed; after `timeout` milliseconds it is killed. */
export function runProcess(command, args, { timeout = 240_000, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    const timer = setTimeout(() => {
      output += `\nKilled after ${timeout / 1000} s\n`;
      child.kill("SIGKILL");
    }, timeout);
    child.on("error", (error) => {
      output += `${error}\n`;
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, output });
    });
  });
}

/** The same, and it must not fail. */
export async function runOrThrow(command, args, options) {
  const { exitCode, output } = await runProcess(command, args, options);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} failed (${exitCode})\n${output}`);
  return output;
}
