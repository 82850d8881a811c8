import { EngageError } from "../engage-error.ts";
import type { EffectiveQuery, ExportSession } from "../page/page-result.ts";
import { sameQuery } from "../page/same-query.ts";
import { ExportTally } from "./export-tally.ts";
import { isSameShape, type OutputShape } from "./output-shape.ts";
import type { RecordedExport } from "./recorded-export.ts";

/** A complete export into a table, on top of which an update fetches only what has changed. */
export interface UpdateBase {
  readonly query: EffectiveQuery;
  /** When its page 0 was answered. */
  readonly answeredAt: Date;
  /** For `updatedSince` of `profilePages()`: that moment less the overlap. */
  readonly since: string;
  /** The same of the last export of all profiles of this query. */
  readonly fullAt: Date;
}

/** How many profiles of an update are new, and how many are not what they were. */
export interface ChangeCounts {
  readonly newProfiles: number;
  readonly changedProfiles: number;
  readonly unchangedProfiles: number;
}

/** The same, and when all profiles were fetched for the last time; undefined if no page came. */
export interface UpdateChanges extends ChangeCounts {
  readonly lastFullExport: Date | undefined;
}

/** Exports into one table. */
export interface TableHistory {
  /** Those that were finished, newest first, at least back to the one that made the table. */
  readonly finished: readonly RecordedExport[];
  /** One that was not finished and is not gone on with, and whether its rows are in the table all the same. */
  readonly unfinished?: (Omit<RecordedExport, "finishedAt"> & { readonly published?: boolean }) | undefined;
}

/** A base that reaches back to an export of all profiles. */
type Candidate = Omit<UpdateBase, "fullAt"> & { readonly isFull: boolean };

/** Knows what an update of a table can go on from. */
export class UpdateBases {
  readonly #history: TableHistory;
  readonly #shape: OutputShape;
  readonly #overlap: number;

  /** @param overlap milliseconds that an update goes back behind its base */
  constructor(history: TableHistory, shape: OutputShape, overlap: number) {
    this.#history = history;
    this.#shape = shape;
    this.#overlap = overlap;
  }

  /** The newest base, of whichever query. */
  get last(): UpdateBase | undefined {
    const tried: EffectiveQuery[] = [];
    for (const { saved } of this.#history.finished) {
      const { query } = saved?.checkpoint.session ?? {};
      // There may be thousands of records of one query.
      if (query === undefined || tried.some((each) => sameProfiles(each, query))) continue;
      const base = this.of(query);
      if (base !== undefined) return base;
      tried.push(query);
    }
    return undefined;
  }

  /** The newest base of a query; undefined if only all profiles will do. */
  of(query: EffectiveQuery): UpdateBase | undefined {
    let base: Candidate | undefined;
    for (const candidate of this.#candidates(query)) {
      base ??= candidate;
      if (!candidate.isFull) continue;
      const { isFull: _, ...found } = base;
      return { ...found, fullAt: candidate.answeredAt };
    }
    return undefined;
  }

  /**
   * Makes sure that pages which lack what has not changed go into a table that has it.
   *
   * @throws {EngageError} `checkpoint-mismatch`
   */
  check({ query }: ExportSession): void {
    const { updatedSince } = query;
    if (updatedSince === undefined) return;
    const base = this.of(query);
    if (base !== undefined && updatedSince <= textOf(base.answeredAt)) return;
    const why = base === undefined ? "it holds no complete export of this query" : "its last complete export is older";
    throw new EngageError(
      "checkpoint-mismatch",
      `Cannot update the table, ${why}; fetch all profiles: ${updatedSince}`,
    );
  }

  /** When all profiles were fetched for the last time, seen from an export in this session. */
  lastFullExport({ query, answeredAt }: ExportSession): Date | undefined {
    if (query.updatedSince !== undefined) return this.of(query)?.fullAt;
    return answeredAt === undefined ? undefined : new Date(answeredAt);
  }

  /** Complete exports of the query whose rows are in the table as they came, newest first. */
  *#candidates(query: EffectiveQuery): Generator<Candidate, void> {
    const { finished, unfinished } = this.#history;
    if (unfinished !== undefined && this.#isInTheWay(unfinished, query)) return;
    for (const record of finished) {
      if (!this.#isOfSameForm(record, query)) return;
      const session = record.saved?.checkpoint.session;
      const isFull = session?.query.updatedSince === undefined;
      // Pages that others have filtered say nothing of the rest.
      const isWhole = isFull || record.mode === "update";
      if (session?.answeredAt !== undefined && isWhole && isComplete(record) && sameProfiles(session.query, query)) {
        const answeredAt = new Date(session.answeredAt);
        const since = textOf(new Date(answeredAt.getTime() - this.#overlap));
        yield { query: session.query, answeredAt, since, isFull };
      }
      if (record.mode === "create" || record.mode === "replace") return;
    }
  }

  /** Whether an export that was not finished has left something in the table that an update would not mend. */
  #isInTheWay(unfinished: NonNullable<TableHistory["unfinished"]>, query: EffectiveQuery): boolean {
    const { mode, saved, published } = unfinished;
    // It was begun since there was no base, or nobody knows.
    if (mode === "update" && saved?.checkpoint.session.query.updatedSince === undefined) return true;
    return published === true && (mode === "create" || !this.#isOfSameForm(unfinished, query));
  }

  /** Whether the rows of an export are what the query would have brought, whichever profiles it selects. */
  #isOfSameForm({ saved, shape }: Pick<RecordedExport, "saved" | "shape">, query: EffectiveQuery): boolean {
    if (saved === undefined) return true;
    return (
      isSameShape(rowShape(shape), rowShape(this.#shape)) &&
      sameQuery(formOf(saved.checkpoint.session.query), formOf(query))
    );
  }
}

function isComplete({ saved }: RecordedExport): boolean {
  return saved !== undefined && new ExportTally({ table: null, keyed: true }, saved).result().complete;
}

/** The table of columns is made anew by every export, and the rows are the same with it and without. */
function rowShape({ columns: _, ...shape }: OutputShape): OutputShape {
  return shape;
}

/** What of a query decides how the row of a profile looks. */
function formOf({ host, projectId, workspaceId, groupId, outputProperties }: EffectiveQuery): EffectiveQuery {
  return {
    host,
    projectId,
    ...(workspaceId !== undefined && { workspaceId }),
    ...(groupId !== undefined && { groupId }),
    ...(outputProperties !== undefined && { outputProperties }),
  };
}

/** Whether two queries select the same profiles, in pages of whatever size. */
function sameProfiles({ pageSize: _, ...one }: EffectiveQuery, { pageSize: __, ...other }: EffectiveQuery): boolean {
  return sameQuery(one, other);
}

/** As `$last_seen` is written. */
function textOf(moment: Date): string {
  return moment.toISOString().slice(0, 19);
}
