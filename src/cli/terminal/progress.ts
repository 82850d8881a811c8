import { MultiBar } from "cli-progress";
import { clock } from "../../clock.ts";
import type { Checkpoint } from "../../export/checkpoint.ts";
import type { PageProgress } from "../../export/export-profiles.ts";
import { ExportTally } from "../../export/export-tally.ts";
import { progressLine } from "./progress-line.ts";
import type { Stderr } from "./stderr.ts";

/** Milliseconds between lines off a terminal. */
const LINE_EVERY = 2000;
/** The time left is told from the speed of so many pages. */
const PAGES_REMEMBERED = 50;

/** Shows how far an export is: a bar that redraws itself on a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #stderr: Stderr;
  readonly #bars: MultiBar | undefined;
  readonly #bar: ReturnType<MultiBar["create"]> | undefined;
  readonly #startedAt = clock.now();
  #pages: number;
  #totalPages: number | undefined;
  /** Of the export that is taken up. */
  #profilesBefore: number;
  #profiles = 0;
  #waitUntil = Number.NEGATIVE_INFINITY;
  #lineAt = Number.NEGATIVE_INFINITY;
  /** When the newest pages came, after the start. */
  readonly #pageTimes = [this.#startedAt];

  constructor(stderr: Stderr, resume?: Checkpoint) {
    this.#stderr = stderr;
    const before = new ExportTally({ table: null, keyed: false }, resume && { checkpoint: resume }).counts;
    this.#pages = before.successfulPages;
    this.#profilesBefore = before.totalRows;
    this.#totalPages = resume?.session.totalPages;
    if (!stderr.isTTY) return;
    const bars = new MultiBar({
      stream: stderr.output,
      format: () => this.#line(),
      clearOnComplete: true,
      // Trims lines itself, instead of changing a setting that a kill would leave changed; the cursor stays for the same reason.
      linewrap: true,
    });
    this.#bars = bars;
    this.#bar = bars.create(this.#totalPages ?? 0, this.#pages);
    stderr.above = (lines) => bars.log(lines);
  }

  page({ totalPages, rows }: PageProgress): void {
    this.#pages += 1;
    this.#profiles += rows;
    this.#totalPages = totalPages;
    this.#pageTimes.push(clock.now());
    if (this.#pageTimes.length > PAGES_REMEMBERED) this.#pageTimes.shift();
    this.#bar?.setTotal(totalPages ?? this.#pages);
    this.#bar?.update(this.#pages);
    if (this.#bar === undefined && clock.now() - this.#lineAt >= LINE_EVERY) {
      this.#lineAt = clock.now();
      this.#stderr.write(`${this.#line()}\n`).catch(() => {});
    }
  }

  /** A rate limit lasts until then: milliseconds since the epoch. */
  wait(until: number): void {
    this.#waitUntil = clock.now() + until - Date.now();
  }

  /** What was written is dropped, the export begins again. */
  restart(): void {
    this.#pages = 0;
    this.#profilesBefore = 0;
    this.#profiles = 0;
  }

  stop(): void {
    // Prints the lines that wait for the next frame.
    this.#bars?.update();
    this.#bars?.stop();
    this.#stderr.above = undefined;
  }

  // The bar's own estimate goes by the system's time, which may be set back.
  get #secondsLeft(): number | undefined {
    const [oldest = 0] = this.#pageTimes;
    if (this.#profiles === 0 || this.#totalPages === undefined) return undefined;
    return ((clock.now() - oldest) / 1000 / (this.#pageTimes.length - 1)) * Math.max(0, this.#totalPages - this.#pages);
  }

  #line(): string {
    const seconds = (clock.now() - this.#startedAt) / 1000;
    return progressLine(
      {
        pages: this.#pages,
        totalPages: this.#totalPages,
        profiles: this.#profilesBefore + this.#profiles,
        rate: this.#profiles / Math.max(seconds, 0.001),
        secondsLeft: this.#secondsLeft,
        secondsToWait: Math.max(0, (this.#waitUntil - clock.now()) / 1000),
      },
      (this.#stderr.columns ?? 100) - 1,
    );
  }
}
