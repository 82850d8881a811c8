import { exportProfiles, type ProfilePagesOptions } from "../../index.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { OpenOutput } from "../output/open-output.ts";
import type { Messages } from "../terminal/messages.ts";

/**
 * What `--resume` says when nothing is unfinished: when the export ended and, if that is kept, what it came to. Nothing is
 * requested.
 *
 * @throws {EngageError} `checkpoint-mismatch`, if that export was of another query
 */
export async function reportFinished(
  options: ProfilePagesOptions,
  { sink, destination }: OpenOutput,
  io: CommandIO,
  messages: Messages,
): Promise<ExitCode> {
  const { finished } = sink;
  const at = finished?.at.toISOString();
  const result = finished?.result && (await exportProfiles({ ...options, sink }));
  const isComplete = result?.complete ?? true;
  if (isComplete) messages.summary(`Nothing is unfinished: the last export into ${destination} ended at ${at}`);
  else {
    messages.error(
      `Resuming cannot help: every page of the export that ended at ${at} was read, and it is not complete; export again: ${destination}`,
    );
  }
  await print(io.stdout, `${JSON.stringify({ ...result?.toJSON(), already_finished: true })}\n`);
  return isComplete ? EXIT.complete : EXIT.failed;
}
