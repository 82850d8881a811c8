import { EngageError } from "../../engage-error.ts";
import type { TableMode } from "../../export/export-sink.ts";
import { isSpent } from "../../export/is-spent.ts";
import { checkSameShape, type OutputShape } from "../../export/output-shape.ts";
import type { RecordedExport } from "../../export/recorded-export.ts";
import { UpdateBases } from "../../export/update-base.ts";
import type { Leftover } from "../table/export-warnings.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import { checkRights } from "./check-rights.ts";
import { finishedExports, lastExport } from "./export-record.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { type PostgresTables, postgresTables } from "./postgres-tables.ts";
import { checkProfileTable, type Occupant, occupantsOf } from "./profile-table.ts";

/** What a sink will do, found out before anything is written. */
export interface ExportPlan {
  readonly tables: PostgresTables;
  readonly id: string;
  readonly mode: TableMode;
  readonly shape: OutputShape;
  /** An unfinished export that is taken up. */
  readonly resumed: RecordedExport | undefined;
  /** Whether rows of that export are in the target, since it was published though incomplete. */
  readonly published: boolean;
  readonly leftover: Leftover | undefined;
  /** A finished export that leaves nothing to resume. */
  readonly finished: RecordedExport | undefined;
  /** What an update goes on from; undefined if this is none. One that makes the table has the mode `create`. */
  readonly bases: UpdateBases | undefined;
}

/** What was asked for. */
export interface PlanOptions {
  readonly mode: TableMode | "resume";
  /** What `resume` does if nothing is unfinished. */
  readonly fresh: TableMode;
  readonly shape: OutputShape;
  /** Milliseconds that an update goes back behind the export it follows. */
  readonly overlap: number;
}

/** Finds out where the tables are. */
export async function locateTables(
  connection: PostgresConnection,
  { schema, table }: { readonly schema?: string | undefined; readonly table: string },
): Promise<PostgresTables> {
  const asked = schema === undefined ? "current_schema()" : sqlLiteral(schema);
  const [found] = await connection.query(`SELECT nspname AS schema FROM pg_namespace WHERE nspname = ${asked}`);
  if (found !== undefined) return postgresTables(String(found.schema), table);
  const what = schema === undefined ? "the search path names no schema that is there" : "there is no such schema";
  throw new EngageError("table-not-found", `Cannot export, ${what}; create it first: ${schema ?? connection.where}`);
}

/** Decides what to do by the tables and records that exist; rejects if it cannot be done. */
export async function planExport(
  connection: PostgresConnection,
  tables: PostgresTables,
  options: PlanOptions,
): Promise<ExportPlan> {
  const { target, loading, before, records } = tables;
  const { mode: asked, fresh, shape } = options;
  const occupants = await occupantsOf(connection, tables);
  const occupant = occupants.get(target.name);
  const last = occupants.has(records.name) ? await readable(() => lastExport(connection, tables), tables) : undefined;
  const unfinished = last?.finishedAt === undefined ? last : undefined;
  const inTheWay = [loading, before].find(({ name }) => occupants.has(name));
  if (unfinished === undefined && inTheWay !== undefined) {
    const message = `Cannot load, a table has the name that is needed for it; rename it: ${inTheWay.name}`;
    throw new EngageError("table-exists", message);
  }
  // An update lacks what has not changed, so it cannot go on without its table.
  const isLost = occupant === undefined && unfinished?.mode === "update";
  const isSpentExport = fresh !== "create" && isSpent(unfinished?.saved, { keyed: true });
  const canResume = occupants.has(loading.name) && !isLost && !isSpentExport;
  const resumed = asked === "resume" && canResume ? unfinished : undefined;
  const wanted = asked === "resume" ? fresh : asked;
  const mode = resumed?.mode ?? (wanted === "update" && occupant === undefined ? "create" : wanted);
  const published = unfinished !== undefined && occupants.has(before.name) && occupant !== undefined;
  const finished =
    asked === "resume" && mode === "create" && occupant?.kind === "table" && last?.saved && last !== unfinished
      ? last
      : undefined;
  checkSameShape((resumed ?? finished)?.shape ?? shape, shape);
  if (finished === undefined) {
    await checkTarget(connection, tables, resumed && published ? "append" : mode, occupant);
    await checkRights(connection, tables, mode, occupants);
  }
  const updates = mode === "update" || (mode === "create" && wanted === "update");
  const leftover = resumed === undefined && unfinished !== undefined ? { ...unfinished, published } : undefined;
  return {
    tables,
    mode,
    shape,
    resumed,
    published: resumed !== undefined && published,
    id: resumed?.id ?? crypto.randomUUID(),
    leftover,
    finished,
    bases: updates ? await basesOf(connection, tables, options, { occupants, last, leftover }) : undefined,
  };
}

/** What there is of earlier exports. */
interface Earlier extends Pick<ExportPlan, "leftover"> {
  readonly occupants: ReadonlyMap<string, Occupant>;
  readonly last: RecordedExport | undefined;
}

async function basesOf(
  connection: PostgresConnection,
  tables: PostgresTables,
  { shape, overlap }: PlanOptions,
  { occupants, last, leftover }: Earlier,
): Promise<UpdateBases> {
  const { target } = tables;
  // A table that the user has emptied or made holds no export, whatever the records say.
  const isFilled =
    occupants.has(target.name) && (await connection.query(`SELECT 1 FROM ${target.sql} LIMIT 1`)).length > 0;
  const finished = last !== undefined && isFilled ? await finishedExports(connection, tables) : [];
  const dropped = leftover?.published && isFilled ? [leftover] : [];
  return new UpdateBases([...dropped, ...finished], shape, overlap);
}

/** Rejects if what stands in the target's place is in the way of `mode`. */
export async function checkTarget(
  connection: PostgresConnection,
  { target }: PostgresTables,
  mode: TableMode,
  occupant: Occupant | undefined,
): Promise<void> {
  const { name } = target;
  if (occupant === undefined) {
    if (mode === "create" || mode === "replace") return;
    throw new EngageError(
      "table-not-found",
      `Cannot ${mode}, there is no such table; a first export makes it: ${name}`,
    );
  }
  if (mode === "create") {
    const message = `Cannot create the table, there is a ${occupant.kind} of that name; append, replace, or choose another name: ${name}`;
    throw new EngageError("table-exists", message);
  }
  if (occupant.kind !== "table") {
    const message = `Cannot ${mode}, it is a ${occupant.kind} and not a table; choose another name: ${name}`;
    throw new EngageError("table-mismatch", message);
  }
  if (mode !== "replace") await checkProfileTable(connection, target, occupant);
}

/** A table that is called as the records are may be anything. */
async function readable<Result>(read: () => Promise<Result>, { records }: PostgresTables): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const message = `Cannot read the records of earlier exports, the table is not one of this program or may not be read; grant SELECT, or rename it: ${records.name}`;
    throw new EngageError("table-mismatch", message, { cause: error });
  }
}
