import { EngageError } from "../engage-error.ts";
import type { EffectiveQuery, ExportSession } from "../page/page-result.ts";
import { sameQuery } from "../page/same-query.ts";
import { ExportTally } from "./export-tally.ts";
import { callersShape, isSameShape, type OutputShape } from "./output-shape.ts";
import type { RecordedExport } from "./recorded-export.ts";

/** A complete export into a table, on top of which an update fetches only what has changed. */
export interface UpdateBase {
  readonly query: EffectiveQuery;
  /** When page 0 of it was answered. */
  readonly answeredAt: Date;
  /** For `updatedSince` of `profilePages()`: that moment less the overlap. */
  readonly since: string;
  /** When page 0 of the last full export of this query was answered. */
  readonly fullAt: Date;
}

/** How many profiles of an update are new, and how many are not what they were. */
export interface ChangeCounts {
  readonly newProfiles: number;
  readonly changedProfiles: number;
  readonly unchangedProfiles: number;
}

/** The same, and when all profiles were last fetched; undefined if no page came. */
export interface UpdateChanges extends ChangeCounts {
  readonly lastFullExport: Date | undefined;
}

/** A base that reaches back to an export of all profiles. */
type Candidate = Omit<UpdateBase, "fullAt"> & { readonly isFull: boolean };

/** Knows what an update of a table can go on from. */
export class UpdateBases {
  readonly #history: readonly RecordedExport[];
  readonly #shape: OutputShape;
  readonly #overlap: number;

  /**
   * @param history exports into the table, newest first, at least back to the one that made it. An unfinished one is among them
   * if it is not resumed and its rows are in the table.
   * @param overlap milliseconds that an update goes back behind its base
   */
  constructor(history: readonly RecordedExport[], shape: OutputShape, overlap: number) {
    this.#history = history;
    this.#shape = shape;
    this.#overlap = overlap;
  }

  /** The newest base, of whichever query. */
  get last(): UpdateBase | undefined {
    const tried: EffectiveQuery[] = [];
    for (const { saved } of this.#history) {
      const { query } = saved?.checkpoint.session ?? {};
      // There may be thousands of records of one query.
      if (query === undefined || tried.some((each) => sameProfiles(each, query))) continue;
      const base = this.of(query);
      if (base !== undefined) return base;
      tried.push(query);
    }
    return undefined;
  }

  /** The newest base of a query; undefined if all profiles must be fetched. */
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
   * Rejects pages of an update if the table does not hold the unchanged profiles.
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

  /** When all profiles were last fetched, seen from an export in this session. */
  lastFullExport({ query, answeredAt }: ExportSession): Date | undefined {
    if (query.updatedSince !== undefined) return this.of(query)?.fullAt;
    return answeredAt === undefined ? undefined : new Date(answeredAt);
  }

  /** Complete exports of the query whose rows are in the table as they came, newest first. */
  *#candidates(query: EffectiveQuery): Generator<Candidate, void> {
    for (const record of this.#history) {
      if (!this.#isOfSameForm(record, query)) return;
      const session = record.saved?.checkpoint.session;
      const isFull = session?.query.updatedSince === undefined;
      // Pages that others have filtered say nothing of the rest.
      const isWhole = isFull || record.mode === "update";
      const isOfQuery = session !== undefined && sameProfiles(session.query, query);
      const complete = isComplete(record);
      // It had no base to go on from, perhaps since the table had been emptied.
      if (isOfQuery && isFull && record.mode === "update" && !complete) return;
      if (isOfQuery && session.answeredAt !== undefined && isWhole && complete) {
        const answeredAt = new Date(session.answeredAt);
        const since = textOf(new Date(answeredAt.getTime() - this.#overlap));
        yield { query: session.query, answeredAt, since, isFull };
      }
      if (record.mode === "create" || record.mode === "replace") return;
    }
  }

  /** Whether the rows of an export are what the query would have brought, whichever profiles it selects. */
  #isOfSameForm({ saved, shape }: Pick<RecordedExport, "saved" | "shape">, query: EffectiveQuery): boolean {
    if (saved === undefined) return true;
    return (
      // The table of columns changes no row.
      isSameShape(callersShape(shape), callersShape(this.#shape)) &&
      sameQuery(formOf(saved.checkpoint.session.query), formOf(query))
    );
  }
}

function isComplete({ saved, finishedAt }: RecordedExport): boolean {
  if (saved === undefined || finishedAt === undefined) return false;
  return new ExportTally({ table: null, keyed: true }, saved).result().complete;
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
