import { EngageError } from "../../engage-error.ts";
import type { TableMode } from "../../export/export-sink.ts";
import type { SavedTally } from "../../export/export-tally.ts";
import { isSpent } from "../../export/is-spent.ts";
import { checkSameShape, type OutputShape } from "../../export/output-shape.ts";
import type { RecordedExport } from "../../export/recorded-export.ts";
import { UpdateBases } from "../../export/update-base.ts";
import type { ColumnChoice } from "../derived/column-options.ts";
import { finishedExports, lastExport } from "./export-record.ts";
import type { Leftover } from "./export-warnings.ts";
import { checkProfileTable, type Occupant, occupantOf } from "./profile-table.ts";
import type { TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** What a sink will do, found out before anything is written. */
export interface ExportPlan {
  readonly tables: ExportTables;
  readonly id: string;
  readonly mode: TableMode;
  readonly shape: OutputShape;
  /** How to make the table of columns, if it was asked for. */
  readonly columns: ColumnChoice | undefined;
  /** Whether an unfinished export is taken up. */
  readonly resumed: boolean;
  /** What the resumed or finished export had counted. */
  readonly saved: SavedTally | undefined;
  /** Whether rows of the resumed export are in a load table. */
  readonly loading: boolean;
  /** Whether rows of the resumed export are in the target, though it was incomplete. */
  readonly published: boolean;
  readonly leftover: Leftover | undefined;
  /** When the export in `saved` was finished, if there is nothing to resume. */
  readonly finishedAt: Date | undefined;
  /** What an update goes on from; undefined if this is none. One that makes the table has the mode `create`. */
  readonly bases: UpdateBases | undefined;
}

/** What was asked for. */
export interface PlanOptions {
  readonly mode: TableMode | "resume";
  /** What `resume` does if nothing is unfinished. */
  readonly fresh: TableMode;
  readonly shape: OutputShape;
  readonly columns?: ColumnChoice | undefined;
  /** Milliseconds that an update goes back behind the export it follows. */
  readonly overlap: number;
}

/** The exports of this process that write at the moment, by their ids, and the database each writes into. */
const running = new Map<string, TableEngine>();

/** Keeps every other sink of this process from an export's table, until the function that it returns is called. */
export function claimExport(id: string, engine: TableEngine): () => void {
  running.set(id, engine);
  return () => {
    if (running.get(id) === engine) running.delete(id);
  };
}

/** What the last export into a table has left. */
export interface ExportState {
  readonly occupant: Occupant;
  /** A table with a name that an export needs, if there is one. */
  readonly inTheWay: TableName | undefined;
  /** Whether there is a load table. */
  readonly loading: boolean;
  /** Whether the target holds rows of an export that was incomplete. */
  readonly published: boolean;
  /** Whether there is a table that keeps records of exports. */
  readonly hasRecords: boolean;
  readonly unfinished: RecordedExport | undefined;
  /** Whether it can be taken up. */
  readonly canResume: boolean;
  readonly finished: FinishedExport | undefined;
}

/** The last export, if it left nothing for a resumed run to fetch. */
export interface FinishedExport extends Pick<RecordedExport, "shape"> {
  readonly at: Date;
  readonly saved: NonNullable<RecordedExport["saved"]>;
}

/** Reads the tables and records that exist, and changes nothing. */
export async function exportState(engine: TableEngine, tables: ExportTables): Promise<ExportState> {
  const isThere = async (name: TableName): Promise<boolean> => (await occupantOf(engine, name)) !== "nothing";
  const occupant = await occupantOf(engine, tables.target);
  const loading = await isThere(tables.loading);
  const before = await isThere(tables.before);
  const hasRecords = await isThere(tables.records);
  const last = hasRecords ? await lastExport(engine, tables) : undefined;
  const unfinished = last?.finishedAt === undefined ? last : undefined;
  const published = before && occupant === "table";
  const inTheWay = unfinished !== undefined ? undefined : loading ? tables.loading : before ? tables.before : undefined;
  const canResume = unfinished !== undefined && (loading || published);
  return { occupant, inTheWay, loading, published, hasRecords, unfinished, canResume, finished: finishedExport(last) };
}

function finishedExport({ finishedAt: at, saved, shape }: Partial<RecordedExport> = {}): FinishedExport | undefined {
  return at && saved && { at, saved, shape: shape ?? {} };
}

/** Decides what to do by the tables and records that exist; rejects if it cannot be done. */
export async function planExport(engine: TableEngine, tables: ExportTables, options: PlanOptions): Promise<ExportPlan> {
  const state = await exportState(engine, tables);
  await checkFree(tables, state);
  const { occupant, loading, published, unfinished, canResume, finished } = state;
  const resumes = options.mode === "resume";
  const isGone = occupant === "nothing";
  // An update lacks what has not changed, so it cannot go on without its table.
  const isSpentExport = options.fresh !== "create" && isSpent(unfinished?.saved, { keyed: true });
  const taken =
    resumes && canResume && !isSpentExport && !(isGone && unfinished?.mode === "update") ? unfinished : undefined;
  const asked = options.mode === "resume" ? options.fresh : options.mode;
  const mode = taken?.mode ?? (asked === "update" && isGone ? "create" : asked);
  const isDone = resumes && mode === "create" && finished !== undefined && occupant === "table";
  const { shape, columns } = options;
  checkSameShape((isDone ? finished : taken)?.shape ?? shape, shape);
  if (!isDone) await checkTarget(engine, tables, taken && published ? "append" : mode, occupant);
  const leftover = taken === undefined && unfinished !== undefined ? { ...unfinished, published } : undefined;
  const updates = mode === "update" || (mode === "create" && asked === "update");
  return {
    tables,
    mode,
    shape,
    columns,
    resumed: taken !== undefined,
    id: taken?.id ?? crypto.randomUUID(),
    saved: isDone ? finished.saved : taken?.saved,
    loading: taken !== undefined && loading,
    published: taken !== undefined && published,
    leftover,
    finishedAt: isDone ? finished.at : undefined,
    bases: updates ? await basesOf(engine, tables, options, state, leftover) : undefined,
  };
}

async function basesOf(
  engine: TableEngine,
  tables: ExportTables,
  { shape, overlap }: PlanOptions,
  { occupant, hasRecords }: ExportState,
  leftover: Leftover | undefined,
): Promise<UpdateBases> {
  // A table that the user has emptied or made holds no export, whatever the records say.
  const isFilled =
    occupant === "table" && (await engine.query(`SELECT 1 FROM ${sqlName(tables.target)} LIMIT 1`)).length > 0;
  const finished = hasRecords && isFilled ? await finishedExports(engine, tables) : [];
  const dropped = leftover?.published && isFilled ? [leftover] : [];
  return new UpdateBases([...dropped, ...finished], shape, overlap);
}

/** Rejects if what the plan goes by has changed since: called before the first page is written, perhaps hours later. */
export async function checkPlan(engine: TableEngine, plan: ExportPlan): Promise<void> {
  const state = await exportState(engine, plan.tables);
  await checkFree(plan.tables, state);
  const planned = plan.resumed ? plan : plan.leftover;
  const isSame =
    state.unfinished?.id === planned?.id && JSON.stringify(state.unfinished?.saved) === JSON.stringify(planned?.saved);
  if (!isSame) refuseSecond(plan.tables);
}

async function checkFree(tables: ExportTables, { unfinished, inTheWay }: ExportState): Promise<void> {
  const other = unfinished && running.get(unfinished.id);
  if (other !== undefined && (await isOpen(other))) refuseSecond(tables);
  if (inTheWay === undefined) return;
  const message = `Cannot load, a table has the name that is needed for it; rename it: ${inTheWay.table}`;
  throw new EngageError("table-exists", message);
}

/** A sink whose connection or worker its owner has ended without it writes nothing more. */
async function isOpen(engine: TableEngine): Promise<boolean> {
  return engine.query("SELECT 1").then(
    () => true,
    // One whose transaction has failed is open all the same.
    (error) => /transaction/i.test(String(error)),
  );
}

function refuseSecond({ target }: ExportTables): never {
  const message = `Cannot write, another export of this process writes into that table; open the sink when that has ended: ${target.table}`;
  throw new EngageError("locked", message);
}

function refuseExisting({ target }: ExportTables, occupant: Occupant): never {
  const message = `Cannot create the table, there is a ${occupant} of that name; append, replace, or choose another name: ${target.table}`;
  throw new EngageError("table-exists", message);
}

/** Rejects if what stands in the target's place is in the way of `mode`. */
export async function checkTarget(
  engine: TableEngine,
  tables: ExportTables,
  mode: TableMode,
  occupant: Occupant,
): Promise<void> {
  const { table } = tables.target;
  if (mode === "create" && occupant !== "nothing") refuseExisting(tables, occupant);
  if (isUpsert(mode) && occupant === "nothing") {
    const message =
      mode === "append"
        ? `Cannot append, there is no such table; export without appending, which makes it: ${table}`
        : `Cannot update, the table was dropped meanwhile; start the update again, which makes it: ${table}`;
    throw new EngageError("table-not-found", message);
  }
  if (occupant === "view") {
    const message = `Cannot ${mode}, it is a view and not a table; choose another name: ${table}`;
    throw new EngageError("table-mismatch", message);
  }
  if (isUpsert(mode)) await checkProfileTable(engine, tables.target);
}

/** Whether a mode adds to the rows of a table. */
export function isUpsert(mode: TableMode): boolean {
  return mode === "append" || mode === "update";
}
