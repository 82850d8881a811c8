import { Readable, Writable } from "node:stream";
import type { Output } from "../../src/cli/command-io.ts";
import { main } from "../../src/cli/main.ts";
import type { EngageSimulator } from "../../src/simulator.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** How a run of the command in this process differs from one off a terminal, in an empty directory, without environment. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly signals?: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
  readonly stdout?: Output;
  readonly stderr?: CapturedOutput;
}

export interface RunOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunOutcome> {
  const { cwd = temporaryDirectory(), env = {}, stdin = "", signals = new AbortController().signal } = options;
  const stdout = options.stdout ?? new CapturedOutput();
  const stderr = options.stderr ?? new CapturedOutput();
  const fetch = options.fetch ?? (() => Promise.reject(new Error("Nothing was to be requested")));
  // No account file of whoever runs the tests.
  const io = { args, env: { HOME: cwd, ...env }, cwd, stdin: Readable.from([stdin]), stdout, stderr, signals, fetch };
  const code = await main(io);
  return { code, stdout: stdout instanceof CapturedOutput ? stdout.text : "", stderr: stderr.text };
}

/** Runs the command against a simulator, with its credentials in the environment. */
export function exportFrom(
  simulator: EngageSimulator,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunOutcome> {
  return run(args, { fetch: simulator, env: { ...simulatorEnv(simulator), ...options.env }, ...options });
}

export function simulatorEnv({ projectId, serviceAccount }: EngageSimulator): Record<string, string> {
  return { MP_PROJECT_ID: projectId, MP_USERNAME: serviceAccount.username, MP_SECRET: serviceAccount.secret };
}

/** An output that keeps what is written; a terminal where it has columns. */
export class CapturedOutput extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  text = "";

  constructor(columns?: number) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(chunk: Uint8Array | string, _: BufferEncoding, done: () => void): void {
    this.text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    done();
  }
}
