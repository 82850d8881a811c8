import { EngageError } from "../../engage-error.ts";
import type { TableMode } from "../../export/export-sink.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import type { ChangeCounts } from "../../export/update-base.ts";
import { columnsTableChoice, makeColumnsTable } from "../derived/columns-table.ts";
import {
  type ChangeTables,
  changeCounts,
  countAfterUpsert,
  countBeforeUpsert,
  leaveOutUnchanged,
} from "../update/count-changes.ts";
import type { ExportRecord } from "./export-record.ts";
import { checkTarget, type ExportPlan, isUpsert } from "./plan-export.ts";
import {
  COLUMN_LIST,
  canMoveRows,
  checkReferences,
  moveProfiles,
  occupantOf,
  upsertProfiles,
} from "./profile-table.ts";
import { remember, rememberAll, takeBack } from "./published-table.ts";
import { quoteIdentifier } from "./sql-text.ts";
import {
  type Addition,
  additionsOf,
  createWithAdditions,
  NO_ADDITIONS,
  type TableAdditions,
} from "./table-additions.ts";
import { checkNoTransaction, inTransaction, reasonOf, rolledBack, type TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** What decides how the rows come to the target. */
export interface PublishState {
  readonly mode: TableMode;
  /** Whether there is a load table. */
  readonly loading: boolean;
  /** Whether this export published into the target before, when it was incomplete. */
  readonly published: boolean;
  /** Whether the target is there. */
  readonly targetExists: boolean;
  /** Whether nothing is left for a resumed run to fetch. */
  readonly final: boolean;
  /** Whether a changed row is deleted and inserted again, see {@link canMoveRows}. */
  readonly movesRows: boolean;
}

/** What came of publishing. */
export interface Publication {
  /** Whether the target holds the rows. */
  readonly isPublished: boolean;
  /** What of the user's a replaced table has lost. */
  readonly lost: readonly string[];
  /** What an update of the table has changed. */
  readonly changes: ChangeCounts | undefined;
}

/** Brings the rows of the load table into the target, and with them the record that says whether that was all. */
export async function publishExport(
  engine: TableEngine,
  plan: ExportPlan,
  record: ExportRecord,
  tally: ExportTally,
): Promise<Publication> {
  const { tables, mode, published } = plan;
  const { complete, hasFailures, totalRows } = tally.result();
  const final = mode === "replace" ? complete : !hasFailures;
  const occupant = await occupantOf(engine, tables.target);
  // Hours may have passed since the sink was opened.
  await checkTarget(engine, tables, published ? "append" : mode, occupant);
  const columns = await columnsTableChoice(engine, tables, plan.columns);
  const isPublished = mode !== "replace" || final;
  const state = { ...plan, final, targetExists: occupant === "table" };
  const replaces = mode === "replace" && final && state.targetExists;
  const found = replaces ? await additionsOf(engine, tables) : NO_ADDITIONS;
  let changes: ChangeCounts | undefined;
  const lost = await publishWith(found, (additions, doing) =>
    inTransaction(engine, async () => {
      await record.write(tally, final);
      doing("rows");
      if (mode === "update" && upserts(plan) && final && !published) {
        await engine.query(leaveOutUnchanged(changeTables(tables)));
      }
      const movesRows = upserts(plan) && (await canMoveRows(engine, tables.target, tables.loading));
      for (const statement of publishStatements(tables, { ...state, movesRows }, additions)) {
        const [row] = await engine.query(statement);
        changes = changeCounts(row, totalRows) ?? changes;
      }
      for (const addition of additions.after) {
        doing(addition);
        await engine.query(addition.sql);
      }
      doing(undefined);
      if (columns !== undefined && isPublished) await makeColumnsTable(engine, tables, columns);
    }),
  );
  return { isPublished, lost, changes };
}

/**
 * Runs a publishing transaction, and runs it again without an addition that the rows do not allow, such as a unique index.
 *
 * @param publish says what it is doing, so it is known what failed
 * @returns what the table has lost
 */
async function publishWith(
  additions: TableAdditions,
  publish: (additions: TableAdditions, doing: (what: Addition | "rows" | undefined) => void) => Promise<void>,
): Promise<readonly string[]> {
  let current: Addition | "rows" | undefined;
  try {
    await publish(additions, (what) => {
      current = what;
    });
    return additions.lost;
  } catch (error) {
    const failed: Addition | "rows" | undefined = current;
    const { after, constraints } = additions;
    const culprits = failed === "rows" ? constraints : after.filter((addition) => addition === failed);
    if (culprits.length === 0) throw error;
    const lost = culprits.map(({ what }) => `${what} (${reasonOf(error)})`);
    const others = {
      ...additions,
      after: after.filter((addition) => !culprits.includes(addition)),
      constraints: constraints.filter((addition) => !culprits.includes(addition)),
      lost: [...additions.lost, ...lost],
    };
    return publishWith(others, publish);
  }
}

/**
 * Finds out before anything is requested whether tables can be replaced, or a load table renamed, in a transaction that is
 * rolled back.
 *
 * @returns what of the user's a replaced table will lose
 */
export async function rehearsePublishing(engine: TableEngine, plan: ExportPlan): Promise<readonly string[]> {
  const { tables, mode, loading, published, finishedAt } = plan;
  if (finishedAt !== undefined) return [];
  const { target, columns } = tables;
  const hasColumns = (await columnsTableChoice(engine, tables, plan.columns)) !== undefined;
  const swaps = !isUpsert(mode) && !published;
  const targetExists = swaps && (await occupantOf(engine, target)) === "table";
  if (targetExists) await checkReferences(engine, target);
  const all = { mode, loading: true, published, targetExists, final: true, movesRows: false };
  const statements = [
    ...(swaps && loading ? publishStatements(tables, all, NO_ADDITIONS) : dropIf(targetExists, target)),
    ...(hasColumns ? [`DROP TABLE IF EXISTS ${sqlName(columns)}`] : []),
  ];
  if (statements.length === 0) return [];
  await checkNoTransaction(engine);
  try {
    await rolledBack(engine, async () => {
      for (const statement of statements) await engine.query(statement);
    });
  } catch (error) {
    const message = `Cannot ${mode} the table, something depends on it, its load table or its table of columns (${reasonOf(error)}); drop that first: ${target.table}`;
    throw new EngageError("table-mismatch", message, { cause: error });
  }
  return targetExists ? (await additionsOf(engine, tables)).lost : [];
}

/**
 * The SQL of the publishing transaction. A load table that takes the target's place is renamed; its rows are copied only if
 * the target has columns or constraints of the user's, since DuckDB loses track of a table that is altered several times
 * within a transaction. What an incomplete export has published is remembered in `__before`, and a resumed run goes on in
 * the target.
 */
export function publishStatements(
  tables: ExportTables,
  state: PublishState,
  additions: TableAdditions,
): readonly string[] {
  const { target, loading } = tables;
  const { mode, published, targetExists, final, movesRows } = state;
  if (mode === "replace" && !final) return [];
  const names = changeTables(tables);
  const counted = (sql: string): readonly string[] => (mode === "update" ? [sql] : []);
  const remembers = !final || (published && mode === "update");
  const forget = published && final ? [`DROP TABLE ${names.before}`] : [];
  if (!state.loading) return [...counted(countAfterUpsert(names)), ...forget];
  if (upserts(state)) {
    return [
      ...(published ? takeBack(tables) : []),
      ...(remembers ? remember(tables, loading) : counted(countBeforeUpsert(names))),
      ...(movesRows ? moveProfiles(target, loading) : [upsertProfiles(target, loading)]),
      `DROP TABLE ${names.loading}`,
      ...(remembers ? counted(countAfterUpsert(names)) : []),
      ...forget,
    ];
  }
  const isAltered = additions.columns.length + additions.constraints.length > 0;
  return [
    ...dropIf(targetExists, target),
    ...(isAltered ? copy(tables, additions) : rename(tables)),
    ...(final ? [] : rememberAll(tables)),
  ];
}

/** Whether the rows of a load table are added to a target that stays. */
function upserts({ mode, loading, published }: Pick<PublishState, "mode" | "loading" | "published">): boolean {
  return loading && (isUpsert(mode) || published);
}

function changeTables({ target, loading, before }: ExportTables): ChangeTables {
  return { target: sqlName(target), loading: sqlName(loading), before: sqlName(before) };
}

function rename({ target, loading }: ExportTables): readonly string[] {
  return [`ALTER TABLE ${sqlName(loading)} RENAME TO ${quoteIdentifier(target.table)}`];
}

function copy(tables: ExportTables, additions: TableAdditions): readonly string[] {
  const { target, loading } = tables;
  return [
    createWithAdditions(tables, additions),
    `INSERT INTO ${sqlName(target)} (${COLUMN_LIST}) SELECT ${COLUMN_LIST} FROM ${sqlName(loading)}`,
    `DROP TABLE ${sqlName(loading)}`,
  ];
}

function dropIf(exists: boolean, name: TableName): readonly string[] {
  return exists ? [`DROP TABLE ${sqlName(name)}`] : [];
}
