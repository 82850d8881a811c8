import type { Checkpoint } from "../checkpoint.ts";
import type { ExportResult } from "../export-result.ts";
import type { ExportSink } from "../export-sink.ts";
import { ExportTally } from "../export-tally.ts";
import type { PageResult } from "../page-result.ts";
import type { ProfileRow } from "../profile-row.ts";

/** A sink that counts what the one beneath has taken, to tell how far an export came that ended early. */
export class CountedSink extends WritableStream<PageResult<ProfileRow>> implements ExportSink {
  readonly result: Promise<ExportResult>;
  readonly restarts: boolean;
  #tally: ExportTally;

  /** @param table what the result will name */
  constructor(sink: ExportSink, table: string | null, resume?: Checkpoint) {
    const writer = sink.getWriter();
    super({
      write: async (page) => {
        await writer.write(page);
        if (this.#tally.session?.sessionId !== page.session.sessionId) this.#tally = new ExportTally(table);
        this.#tally.add(page);
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    });
    this.result = sink.result;
    this.restarts = sink.restarts;
    this.#tally = new ExportTally(table, resume && { checkpoint: resume });
  }

  /** What was taken by now; the ids that came twice are known at the end only. */
  soFar(): ExportResult {
    return this.#tally.result();
  }
}
