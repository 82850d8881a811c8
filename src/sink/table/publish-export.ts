import type { ExportMode } from "../../export/export-sink.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import type { ExportRecord } from "./export-record.ts";
import { checkTarget, type ExportPlan } from "./plan-export.ts";
import { occupantOf, upsertProfiles } from "./profile-table.ts";
import { quoteIdentifier } from "./sql-text.ts";
import { inTransaction, type TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** What decides how the rows come to the target. */
export interface PublishState {
  readonly mode: ExportMode;
  /** Whether there is a load table. */
  readonly loading: boolean;
  /** Whether this export published into the target before, when it was incomplete. */
  readonly published: boolean;
  /** Whether the target is there. */
  readonly targetExists: boolean;
  /** Whether nothing is left for a resumed run to fetch. */
  readonly final: boolean;
}

/**
 * Brings the rows of the load table into the target, and with them the record that says whether that was all.
 *
 * @returns whether the target holds the rows
 */
export async function publishExport(
  engine: TableEngine,
  plan: ExportPlan,
  record: ExportRecord,
  tally: ExportTally,
): Promise<boolean> {
  const { tables, mode, published } = plan;
  const { complete, hasFailures } = tally.result();
  const final = mode === "replace" ? complete : !hasFailures;
  const occupant = await occupantOf(engine, tables.target);
  // Hours may have passed since the sink was opened.
  await checkTarget(engine, tables, published ? "append" : mode, occupant);
  const statements = publishStatements(tables, { ...plan, final, targetExists: occupant === "table" });
  await inTransaction(engine, async () => {
    await record.write(tally, final);
    for (const statement of statements) await engine.query(statement);
  });
  return mode !== "replace" || final;
}

/**
 * The SQL of the publishing transaction. A load table that takes the target's place is renamed, and no row is copied. What
 * an incomplete export has published is remembered in `__before`, and a resumed run goes on in the target.
 */
export function publishStatements(tables: ExportTables, state: PublishState): readonly string[] {
  const { target, loading, before } = tables;
  const { mode, published, targetExists, final } = state;
  if (mode === "replace" && !final) return [];
  const forget = published && final ? [`DROP TABLE ${sqlName(before)}`] : [];
  if (!state.loading) return forget;
  if (mode === "append" || published) {
    return [
      ...(published ? takeBack(tables) : []),
      ...(final ? [] : remember(tables, loading)),
      upsertProfiles(target, loading),
      `DROP TABLE ${sqlName(loading)}`,
      ...forget,
    ];
  }
  return [
    ...(targetExists ? [`DROP TABLE ${sqlName(target)}`] : []),
    `ALTER TABLE ${sqlName(loading)} RENAME TO ${quoteIdentifier(target.table)}`,
    ...(final ? [] : rememberAll(tables)),
  ];
}

/** Keeps what an upsert from `source` will change: the row that was there, or that none was. */
export function remember({ target, before }: ExportTables, source: TableName): readonly string[] {
  return [
    createBefore(before),
    `INSERT INTO ${sqlName(before)}
      SELECT new.distinct_id, old.distinct_id IS NOT NULL, old.last_seen, old.properties
      FROM (SELECT distinct_id FROM ${sqlName(source)} ANTI JOIN ${sqlName(before)} USING (distinct_id)) AS new
      LEFT JOIN ${sqlName(target)} AS old USING (distinct_id)`,
  ];
}

/** Keeps that none of the target's rows was there. */
function rememberAll({ target, before }: ExportTables): readonly string[] {
  return [
    createBefore(before),
    `INSERT INTO ${sqlName(before)} (distinct_id, existed) SELECT distinct_id, false FROM ${sqlName(target)}`,
  ];
}

function createBefore(before: TableName): string {
  return `CREATE TABLE IF NOT EXISTS ${sqlName(before)}
    (distinct_id VARCHAR, existed BOOLEAN, last_seen TIMESTAMP, properties VARCHAR)`;
}

/** Undoes what an earlier publishing changed, for the ids that did not come again. */
function takeBack({ target, loading, before }: ExportTables): readonly string[] {
  const gone = `(SELECT * FROM ${sqlName(before)} ANTI JOIN ${sqlName(loading)} USING (distinct_id))`;
  return [
    `UPDATE ${sqlName(target)} AS now SET last_seen = gone.last_seen, properties = gone.properties
      FROM ${gone} AS gone WHERE now.distinct_id = gone.distinct_id AND gone.existed`,
    `DELETE FROM ${sqlName(target)} WHERE distinct_id IN (SELECT distinct_id FROM ${gone} WHERE NOT existed)`,
    `DELETE FROM ${sqlName(before)} WHERE distinct_id NOT IN (SELECT distinct_id FROM ${sqlName(loading)})`,
  ];
}
