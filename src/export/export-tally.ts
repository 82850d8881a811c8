import { clock } from "../clock.ts";
import { EngageError } from "../engage-error.ts";
import type { ExportSession, LoadedPage, PageResult } from "../page/page-result.ts";
import { hasId, type ProfileRow } from "../page/profile-row.ts";
import { type Checkpoint, profilesReached } from "./checkpoint.ts";
import {
  type ExportCounts,
  ExportResult,
  failedPagesText,
  invalidProfilesText,
  type TallyTarget,
} from "./export-result.ts";
import { SeenIds } from "./seen-ids.ts";
import type { UpdateChanges } from "./update-base.ts";

/** What became of the rows of a page that was written. */
export interface RowCounts {
  /** Rows with an id that were added. */
  readonly rows: number;
  /** Rows whose id had come before, in a keyed destination. */
  readonly duplicates: number;
  readonly withoutId: number;
  /** Rows that the destination cannot hold. Default 0. */
  readonly invalid?: number;
  /** How many of them somebody took. Default 0. */
  readonly invalidTaken?: number;
}

/** An export as it was when it was interrupted; without counts, every page that is done is taken to be full. */
export interface SavedTally {
  readonly checkpoint: Checkpoint;
  readonly counts?: Partial<ExportCounts>;
}

/** A finished export, which counts no more: it keeps when it began, and how long it took. */
export interface FinishedTally extends SavedTally {
  readonly startedAt: Date;
  readonly durationSeconds: number;
}

/** Why a page before the checkpoint is not done. */
type Gap =
  | { readonly kind: "failed"; readonly error?: EngageError }
  /** A later page came first. */
  | { readonly kind: "unread" }
  /** Fewer rows than it held have come: a transform splits it, or leaves rows out. */
  | { readonly kind: "open"; readonly rowsLeft: number };

const NOTHING: ExportCounts = {
  successfulPages: 0,
  totalRows: 0,
  duplicateProfiles: 0,
  profilesWithoutId: 0,
  invalidProfiles: 0,
  invalidTaken: 0,
  profiles: 0,
  sessionChanged: false,
};

/**
 * Counts an export: what the result says, and where a resumed run begins. Pages may come in any order and in parts, so
 * that what is done is known by the rows that came, not by the number of the page.
 */
export class ExportTally {
  readonly target: TallyTarget;
  session: ExportSession | undefined;
  counts: ExportCounts = NOTHING;
  /** The first page that no part of has come. */
  nextPage = 0;
  #gaps = new Map<number, Gap>();
  #lastPage = -1;
  #isInOrder = true;
  /** Undefined if the destination counts ids seen again, or if nobody knows those of an earlier run. */
  #ids: SeenIds | undefined;
  /** What an update has changed, when that is known. */
  changes: UpdateChanges | undefined;
  readonly startedAt: Date;
  readonly #startedClock: number;

  constructor(target: TallyTarget, saved?: SavedTally, startedAt = new Date(), startedClock = clock.now()) {
    this.target = target;
    const took: Partial<FinishedTally> = saved ?? {};
    this.startedAt = took.startedAt ?? startedAt;
    this.#startedClock = startedClock - 1000 * (took.durationSeconds ?? 0);
    if (saved === undefined && !target.keyed) this.#ids = new SeenIds();
    if (saved === undefined) return;
    const { session, nextPage, failedPages } = saved.checkpoint;
    const totalRows = profilesReached(saved.checkpoint);
    const counts = { ...NOTHING, successfulPages: nextPage - failedPages.length, totalRows, ...saved.counts };
    const profiles = counts.totalRows + counts.duplicateProfiles + counts.profilesWithoutId + counts.invalidProfiles;
    this.counts = { ...counts, profiles: saved.counts?.profiles ?? profiles };
    this.session = session;
    this.nextPage = nextPage;
    for (const page of failedPages) this.#gaps.set(page, { kind: "failed" });
  }

  /** Pages that failed: zero-based, ascending. */
  get failedPages(): readonly number[] {
    return this.#pagesWhere(({ kind }) => kind === "failed");
  }

  /** Where the next run begins, or undefined before the first page. */
  get checkpoint(): Checkpoint | undefined {
    return (
      this.session && { session: this.session, nextPage: this.nextPage, failedPages: this.#pagesWhere(() => true) }
    );
  }

  /** What a later run goes on from, or undefined before the first page. */
  get saved(): SavedTally | undefined {
    return this.checkpoint && { checkpoint: this.checkpoint, counts: this.counts };
  }

  /** The same at the end: the ids of a complete export have been checked, and a later run has none to check again. */
  get concluded(): SavedTally | undefined {
    if (!this.result().complete) return this.saved;
    return this.saved && { ...this.saved, counts: { ...this.counts, sessionChanged: false } };
  }

  /** Whether a part of some page has not come, so that a file's end is no place to go on from. */
  get hasOpenPage(): boolean {
    return [...this.#gaps.values()].some(({ kind }) => kind === "open");
  }

  /** Whether a page belongs to another session than those that were counted. */
  isOtherSession({ session }: PageResult<unknown>): boolean {
    return this.session !== undefined && this.session.sessionId !== session.sessionId;
  }

  /** The same counts, to be counted on from without changing these. */
  clone(): ExportTally {
    const clone = new ExportTally(this.target, undefined, this.startedAt, this.#startedClock);
    clone.session = this.session;
    clone.counts = this.counts;
    clone.nextPage = this.nextPage;
    clone.#gaps = new Map(this.#gaps);
    clone.#lastPage = this.#lastPage;
    clone.#isInOrder = this.#isInOrder;
    clone.#ids = this.#ids?.clone();
    return clone;
  }

  /** The same export with nothing counted, after what it wrote was dropped. */
  restarted(): ExportTally {
    return new ExportTally(this.target, undefined, this.startedAt, this.#startedClock);
  }

  /** Called before the rows of a page are written: a stream in order has no more of the pages before it. */
  advanceTo(pageIndex: number): void {
    this.#isInOrder &&= pageIndex >= this.#lastPage;
    this.#lastPage = pageIndex;
    if (!this.#isInOrder) return;
    for (const [page, { kind }] of this.#gaps) if (kind === "open" && page < pageIndex) this.#gaps.delete(page);
  }

  /** Counts a page, or a part of one, that is written, or that will be missing. */
  add(page: PageResult<ProfileRow>, rowCounts: RowCounts = countsOf(page)): void {
    const { session, pageIndex } = page;
    this.advanceTo(pageIndex);
    this.session ??= session;
    const gap = pageIndex < this.nextPage ? this.#gaps.get(pageIndex) : { kind: "unread" as const };
    for (; this.nextPage <= pageIndex; this.nextPage++) this.#gaps.set(this.nextPage, { kind: "unread" });
    if (page.status === "failed") {
      // A page that came before is not lost when it fails once more.
      if (gap !== undefined && gap.kind !== "open") this.#gaps.set(pageIndex, { kind: "failed", error: page.error });
      return;
    }
    const isFirstPart = gap !== undefined && gap.kind !== "open";
    if (isFirstPart || page.profileCount === undefined) this.#addPage(page, isFirstPart);
    this.#ids?.add(page.rows);
    const { duplicates, withoutId, rows, invalid = 0, invalidTaken = 0 } = rowCounts;
    this.counts = {
      ...this.counts,
      totalRows: this.counts.totalRows + rows,
      duplicateProfiles: this.counts.duplicateProfiles + duplicates,
      profilesWithoutId: this.counts.profilesWithoutId + withoutId,
      invalidProfiles: this.counts.invalidProfiles + invalid,
      invalidTaken: this.counts.invalidTaken + invalidTaken,
    };
    const due = gap?.kind === "open" ? gap.rowsLeft : profileCountOf(page) - (page.invalid?.length ?? 0);
    const rowsLeft = due - page.rows.length;
    if (rowsLeft > 0 && (isFirstPart || gap?.kind === "open")) this.#gaps.set(pageIndex, { kind: "open", rowsLeft });
    else this.#gaps.delete(pageIndex);
  }

  result(): ExportResult {
    return new ExportResult({
      ...this.counts,
      ...this.target,
      startedAt: this.startedAt,
      durationSeconds: (clock.now() - this.#startedClock) / 1000,
      session: this.session,
      failedPages: this.failedPages,
      changes: this.changes,
      repeatedIds: () => (this.target.keyed ? this.counts.duplicateProfiles : this.#ids?.repeated()),
    });
  }

  /** The error of an export with failed pages, untaken invalid profiles or a doubtful session; undefined if it has none. */
  incomplete(result = this.result()): EngageError | undefined {
    const [failure] = [...this.#gaps.values()].filter((gap) => gap.kind === "failed" && gap.error !== undefined);
    const cause = failure?.kind === "failed" ? failure.error : undefined;
    const untaken = this.counts.invalidProfiles - this.counts.invalidTaken;
    if (result.hasFailures) {
      const message = failedPagesText(result.failedPageIndices, cause?.message);
      return new EngageError("incomplete", message, { cause, result });
    }
    const why = untaken > 0 ? invalidProfilesText(untaken) : result.sessionDoubt;
    return why === undefined ? undefined : new EngageError("incomplete", why, { result });
  }

  /** What the page itself says, once however many parts it comes in. */
  #addPage(page: LoadedPage<ProfileRow>, isFirstPart: boolean): void {
    const { invalid = [], invalidTaken = 0, sessionChanged = false } = page;
    this.counts = {
      ...this.counts,
      successfulPages: this.counts.successfulPages + (isFirstPart ? 1 : 0),
      profiles: this.counts.profiles + profileCountOf(page),
      invalidProfiles: this.counts.invalidProfiles + invalid.length,
      invalidTaken: this.counts.invalidTaken + invalidTaken,
      sessionChanged: this.counts.sessionChanged || sessionChanged,
    };
  }

  #pagesWhere(matches: (gap: Gap) => boolean): readonly number[] {
    return [...this.#gaps]
      .filter(([, gap]) => matches(gap))
      .map(([page]) => page)
      .sort((a, b) => a - b);
  }
}

/** Counts of a destination that keeps every line. */
export function countsOf(page: PageResult<ProfileRow>): RowCounts {
  const rows = page.status === "loaded" ? page.rows : [];
  const withoutId = rows.filter((row) => !hasId(row)).length;
  return { rows: rows.length - withoutId, duplicates: 0, withoutId };
}

function profileCountOf({ profileCount, rows, invalid = [] }: LoadedPage<ProfileRow>): number {
  return profileCount ?? rows.length + invalid.length;
}
