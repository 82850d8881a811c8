import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { Checkpoint } from "../../export/checkpoint.ts";
import type { ExportSink } from "../../export/export-sink.ts";
import { ndjsonSink } from "../../index.ts";
import { ndjsonFile } from "../../sink/ndjson/ndjson-file.ts";
import type { CommandIO } from "../command-io.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OutputPlan } from "./output-plan.ts";
import { OutputStream } from "./output-stream.ts";

/** Where an export goes, open. */
export interface OpenOutput {
  readonly sink: ExportSink;
  /** Where the export that is taken up goes on. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Whether it can be taken up when it ends early. */
  readonly resumable: boolean;
  /** Whether standard output holds the profiles, and so no result. */
  readonly holdsStdout: boolean;
  /** Whether the reader of a pipe went away. */
  readerLeft?(): boolean;
  /** For a sentence about what was written. */
  destination(): string;
}

/**
 * Opens what the plan says.
 *
 * @throws {EngageError} where it is in the way, or cannot be written
 */
export async function openOutput(
  plan: OutputPlan,
  { stdout, signals }: Pick<CommandIO, "stdout" | "signals">,
  messages: Messages,
): Promise<OpenOutput> {
  if (plan.kind === "stdout") return streamOutput(new OutputStream(stdout, "standard output", signals), plan);
  if (plan.kind === "duckdb") return duckdbOutput(plan, messages);
  if (await isDevice(plan.path)) {
    const device = createWriteStream(plan.path);
    return streamOutput(new OutputStream(device, plan.path, signals, promisify(device.end.bind(device))), plan);
  }
  return fileOutput(plan, messages);
}

function streamOutput(stream: OutputStream, plan: OutputPlan): OpenOutput {
  return {
    sink: ndjsonSink(stream, { onFailedPage: plan.onFailedPage }),
    resumable: false,
    holdsStdout: plan.kind === "stdout",
    readerLeft: () => stream.readerLeft,
    destination: () => stream.name,
  };
}

async function fileOutput(plan: OutputPlan & { kind: "ndjson" }, messages: Messages): Promise<OpenOutput> {
  const sink = await ndjsonFile({
    ...plan,
    onWarning: ({ message }) => messages.warning(message),
    onAnew: (reason) => messages.warning(`The export starts anew, ${reason}: ${plan.path}`),
  });
  return {
    sink,
    checkpoint: sink.checkpoint,
    resumable: !plan.gzip,
    holdsStdout: false,
    destination: () =>
      sink.besidePath === undefined ? plan.path : `${sink.besidePath}, beside the old file, which stays as it was`,
  };
}

async function duckdbOutput(plan: OutputPlan & { kind: "duckdb" }, messages: Messages): Promise<OpenOutput> {
  const { path, table = "profiles", batchSize, mode, resume, onFailedPage } = plan;
  // Loaded for DuckDB only: it takes 70 MB on the disk and a moment to start.
  const { duckdbSink } = await import("../../duckdb.ts");
  const sink = await duckdbSink({
    // DuckDB takes a tilde for the home directory; the shell has replaced those that were meant so.
    path: path.startsWith("~") ? `./${path}` : path,
    table,
    batchSize,
    mode: resume ? "resume" : mode,
    fresh: mode,
    onFailedPage,
    onWarning: ({ message }) => messages.warning(message),
  });
  return {
    sink,
    checkpoint: sink.checkpoint,
    resumable: true,
    holdsStdout: false,
    destination: () => `${path}, table ${table}`,
  };
}

/** A pipe or a device takes bytes as they come: nothing can be in the way, and nothing can be taken back. */
async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}
