import { type ChildProcess, spawn } from "node:child_process";

/** What came of a process. */
export interface ScriptOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a script is run. */
export interface ScriptOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** May look at the process, speak to it, or end it. */
  readonly whileRunning?: (child: ChildProcess) => void | Promise<void>;
}

/** Runs a script with the runtime that runs this test. */
export async function runScript(
  script: string,
  { args = [], env = {}, cwd, whileRunning }: ScriptOptions = {},
): Promise<ScriptOutcome> {
  const flags = "Deno" in globalThis ? ["run", "-A"] : [];
  const child = spawn(process.execPath, [...flags, script, ...args], { cwd, env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const closed = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  try {
    await whileRunning?.(child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { exitCode: await closed, stdout, stderr };
}
