import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { serveSimulator } from "../../src/cli/simulate/serve-simulator.ts";
import type { EngageSimulator } from "../../src/simulator.ts";
import { simulatorEnv } from "./cli-run.ts";

/** The built command. */
export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface SpawnedOutcome {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly ended: Promise<SpawnedOutcome>;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

/** Starts the built command in a process of its own. */
export function spawnCommand(args: readonly string[], options: SpawnOptions = {}): Spawned {
  return spawnProcess(process.execPath, [CLI, ...args], options);
}

/** Runs a line of bash in which `$CLI` is the built command. */
export function spawnShell(line: string, options: SpawnOptions = {}): Promise<SpawnedOutcome> {
  return spawnProcess("bash", ["--norc", "-c", line], options).ended;
}

function spawnProcess(command: string, args: readonly string[], { env = {}, cwd, stdin = "" }: SpawnOptions): Spawned {
  if (!existsSync(CLI)) throw new Error(`The command is not built; run \`npm run build\` first: ${CLI}`);
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, CLI: `${process.execPath} ${CLI}`, ...env },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const ended = new Promise<SpawnedOutcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** Puts a simulator behind a port until the test is over; returns the environment to reach it. */
export async function served(simulator: EngageSimulator): Promise<Record<string, string>> {
  const server = await serveSimulator(simulator, { port: 0 });
  onTestFinished(() => server.close());
  return { ...simulatorEnv(simulator), MP_API_BASE_URL: server.url };
}
