import { EngageError } from "../../engage-error.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import type { SavedTally } from "../../export/export-tally.ts";
import { type UnfinishedExport, unfinishedExport } from "./export-record.ts";
import { checkProfileTable, type Occupant, occupantOf } from "./profile-table.ts";
import type { TableEngine } from "./table-engine.ts";
import type { ExportTables } from "./table-name.ts";

/** What a sink will do, found out before anything is written. */
export interface ExportPlan {
  readonly tables: ExportTables;
  readonly id: string;
  readonly mode: ExportMode;
  /** Whether an unfinished export is taken up. */
  readonly resumed: boolean;
  /** What the resumed export had counted. */
  readonly saved: SavedTally | undefined;
  /** Whether the resumed export was published already, though incomplete. */
  readonly published: boolean;
  /** An unfinished export that is dropped when this one begins. */
  readonly leftover: UnfinishedExport | undefined;
}

/** What was asked for. */
export interface PlanOptions {
  readonly mode: ExportMode | "resume";
  /** What `resume` does where nothing is unfinished. */
  readonly fresh: ExportMode;
}

/** Decides what to do from what is there; rejects where it cannot be done. */
export async function planExport(engine: TableEngine, tables: ExportTables, options: PlanOptions): Promise<ExportPlan> {
  const occupant = await occupantOf(engine, tables.target);
  const hasLoading = (await occupantOf(engine, tables.loading)) !== "nothing";
  const hasBefore = (await occupantOf(engine, tables.before)) !== "nothing";
  const hasMarks = (await occupantOf(engine, tables.marks)) !== "nothing";
  const unfinished = hasMarks ? await unfinishedExport(engine, tables) : undefined;
  if (unfinished === undefined && (hasLoading || hasBefore)) {
    const { table } = hasLoading ? tables.loading : tables.before;
    throw new EngageError(
      "table-exists",
      `Cannot load, a table has the name that is needed for it; rename it: ${table}`,
    );
  }
  const resumed = options.mode === "resume" && unfinished !== undefined && hasLoading;
  const asked = options.mode === "resume" ? options.fresh : options.mode;
  const mode = resumed ? unfinished.mode : asked;
  const published = resumed && hasBefore && occupant !== "nothing";
  await checkTarget(engine, tables, published ? "append" : mode, occupant);
  return {
    tables,
    mode,
    resumed,
    published,
    id: resumed ? unfinished.id : crypto.randomUUID(),
    saved: resumed ? unfinished.saved : undefined,
    leftover: resumed ? undefined : unfinished,
  };
}

/** Rejects where what stands in the target's place is in the way of `mode`. */
export async function checkTarget(
  engine: TableEngine,
  { target }: ExportTables,
  mode: ExportMode,
  occupant: Occupant,
): Promise<void> {
  const { table } = target;
  if (mode === "create" && occupant !== "nothing") {
    throw new EngageError(
      "table-exists",
      `Cannot create the table, there is a ${occupant} of that name; append, replace, or choose another name: ${table}`,
    );
  }
  if (mode === "append" && occupant === "nothing") {
    throw new EngageError(
      "table-not-found",
      `Cannot append, there is no such table; export with mode \`create\`: ${table}`,
    );
  }
  if (occupant === "view") {
    throw new EngageError(
      "table-mismatch",
      `Cannot ${mode}, it is a view and not a table; choose another name: ${table}`,
    );
  }
  if (mode === "append") await checkProfileTable(engine, target);
}
