import { MultiBar } from "cli-progress";
import type { Checkpoint } from "../../export/checkpoint.ts";
import type { PageProgress } from "../../export/export-profiles.ts";
import { ExportTally } from "../../export/export-tally.ts";
import type { Output } from "../command-io.ts";
import { progressLine } from "./progress-line.ts";

/** Milliseconds between lines off a terminal. */
const LINE_EVERY = 2000;

/** Shows how far an export is: a bar that redraws itself on a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #stderr: Output;
  readonly #bars: MultiBar | undefined;
  readonly #bar: ReturnType<MultiBar["create"]> | undefined;
  readonly #startedAt = Date.now();
  #pages: number;
  #totalPages: number | undefined;
  /** Of the export that is taken up. */
  #profilesBefore: number;
  #profiles = 0;
  #waitUntil = 0;
  #lineAt = 0;

  constructor(stderr: Output, resume?: Checkpoint) {
    this.#stderr = stderr;
    const before = new ExportTally(null, resume && { checkpoint: resume });
    this.#pages = before.successfulPages;
    this.#profilesBefore = before.totalRows;
    this.#totalPages = resume?.session.totalPages;
    if (!stderr.isTTY) return;
    this.#bars = new MultiBar({
      stream: stderr,
      format: (_, { eta }) => this.#line(eta),
      clearOnComplete: true,
      etaBuffer: 50,
      // Trims lines itself, instead of changing a setting that a kill would leave changed; the cursor stays for the same reason.
      linewrap: true,
    });
    this.#bar = this.#bars.create(this.#totalPages ?? 0, this.#pages);
  }

  page({ totalPages, rows }: PageProgress): void {
    this.#pages += 1;
    this.#profiles += rows;
    this.#totalPages = totalPages;
    this.#bar?.setTotal(totalPages ?? this.#pages);
    this.#bar?.update(this.#pages);
    if (this.#bar === undefined && Date.now() - this.#lineAt >= LINE_EVERY) {
      this.#lineAt = Date.now();
      this.#stderr.write(`${this.#line(undefined)}\n`);
    }
  }

  /** A rate limit lasts until then: milliseconds since the epoch. */
  wait(until: number): void {
    this.#waitUntil = until;
  }

  /** What was written is dropped, the export begins again. */
  restart(): void {
    this.#pages = 0;
    this.#profilesBefore = 0;
    this.#profiles = 0;
  }

  above(lines: string): void {
    if (this.#bars === undefined) this.#stderr.write(lines);
    else this.#bars.log(lines);
  }

  stop(): void {
    // Prints the lines that wait for the next frame.
    this.#bars?.update();
    this.#bars?.stop();
  }

  #line(eta: number | undefined): string {
    const seconds = (Date.now() - this.#startedAt) / 1000;
    return progressLine(
      {
        pages: this.#pages,
        totalPages: this.#totalPages,
        profiles: this.#profilesBefore + this.#profiles,
        rate: this.#profiles / Math.max(seconds, 0.001),
        // cli-progress says `NULL` or `INF` where it cannot tell.
        secondsLeft: typeof eta === "number" && this.#profiles > 0 ? eta : undefined,
        secondsToWait: Math.max(0, (this.#waitUntil - Date.now()) / 1000),
      },
      (this.#stderr.columns ?? 100) - 1,
    );
  }
}
