import type { TallyTarget } from "../../export/export-result.ts";
import type { SinkDriver } from "../../export/export-sink.ts";
import type { SavedTally } from "../../export/export-tally.ts";

/** Takes nothing: the export is finished. */
export class FinishedDriver implements SinkDriver {
  readonly target: TallyTarget;
  readonly saved: SavedTally | undefined;
  readonly finishedAt: Date;

  constructor(target: TallyTarget, saved: SavedTally | undefined, finishedAt: Date) {
    this.target = target;
    this.saved = saved;
    this.finishedAt = finishedAt;
  }

  async begin(): Promise<void> {}
  async write(): Promise<void> {}
  async publish(): Promise<void> {}
  async leave(): Promise<void> {}
}
