import type { OnWarning } from "../../engage-warning.ts";
import type { Checkpoint } from "../../export/checkpoint.ts";
import type { ExportResult } from "../../export/export-result.ts";
import type { ExportMode, ExportSink } from "../../export/export-sink.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { openNdjsonTarget } from "./ndjson-target.ts";
import { NdjsonWriter } from "./ndjson-writer.ts";

export interface NdjsonFileOptions {
  readonly path: string;
  readonly gzip: boolean;
  readonly mode: ExportMode;
  readonly resume: boolean;
  readonly onFailedPage: "skip" | "stop";
  readonly onWarning: OnWarning;
  /** Hears why an export that was to be taken up starts anew all the same. */
  readonly onAnew: (reason: string) => void;
}

/**
 * A sink for an `.ndjson` file. What is on the disk is whole pages up to a checkpoint beside it, so that an export that
 * ends early can be taken up; one that is finished leaves no checkpoint.
 *
 * @throws {EngageError} `usage`, where a file is in the way or cannot be written
 */
export async function ndjsonFile(options: NdjsonFileOptions): Promise<NdjsonFileSink> {
  return new NdjsonFileSink(new NdjsonWriter(await openNdjsonTarget(options), options));
}

export class NdjsonFileSink extends WritableStream<PageResult<ProfileRow>> implements ExportSink {
  readonly restarts = true;
  readonly result: Promise<ExportResult>;
  /** Where the export that is taken up goes on. */
  readonly checkpoint: Checkpoint | undefined;
  readonly #writer: NdjsonWriter;

  constructor(writer: NdjsonWriter) {
    super(writer);
    this.#writer = writer;
    this.result = writer.result;
    this.checkpoint = writer.tally.checkpoint;
  }

  soFar(): ExportResult {
    return this.#writer.tally.result();
  }

  /** Where the lines are, if they did not take the place of the file asked for. */
  get besidePath(): string | undefined {
    return this.#writer.besidePath;
  }
}
