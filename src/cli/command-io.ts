import type { Readable, Writable } from "node:stream";
import type { EngageFetch } from "../index.ts";
import type { Stderr } from "./terminal/stderr.ts";

/** A stream to print on, perhaps a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything the process lends to the command, so that it can run inside a test. */
export interface ProcessIO {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signals: AbortSignal;
  /** Instead of the command's own. */
  readonly fetch?: EngageFetch;
  /** Relative paths start here. */
  readonly cwd?: string;
}

/** The same, with the one way to stderr. */
export interface CommandIO extends Omit<ProcessIO, "stderr"> {
  readonly stderr: Stderr;
}

/** Prints `text` and waits until it is out, so that a pipe is never cut; false if nobody reads any more. */
export async function print(output: Output, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (!error) resolve(true);
      else if (isBrokenPipe(error)) resolve(false);
      else reject(error);
    });
  });
}

/** Whether the reader of a pipe went away. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}
