import type { ExportSink } from "../../export/export-sink.ts";
import type { InvalidProfileOnPage } from "../../index.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OutputIO, OutputPlan } from "./formats.ts";

/** Where an export goes, open. */
export interface OpenOutput {
  readonly sink: ExportSink;
  /** Whether it can be taken up when it ends early. */
  readonly resumable: boolean;
  /** Whether standard output holds the profiles, and so no result. */
  readonly holdsStdout: boolean;
  /** Whether the reader of a pipe went away. */
  readerLeft?(): boolean;
  /** Says what keeps profiles that were read but cannot be held there; before the first page. */
  keepInvalid?(take: (profile: InvalidProfileOnPage) => Promise<void>): void;
  /** Where the profiles are, for a sentence. */
  readonly destination: string;
}

/**
 * Opens what the plan says.
 *
 * @throws {EngageError} if something is in the way, or cannot be written
 */
export async function openOutput(plan: OutputPlan, io: OutputIO, messages: Messages): Promise<OpenOutput> {
  if (plan.parts === undefined) return plan.format.open(plan, io, messages);
  return (await import("./open-parts.ts")).openParts(plan, plan.parts, io, messages);
}
