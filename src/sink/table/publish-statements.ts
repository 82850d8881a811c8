import type { ExportMode } from "../../export/export-sink.ts";
import { createProfileTable, upsertProfiles } from "./profile-table.ts";
import { quoteIdentifier } from "./sql-text.ts";
import { type ExportTables, sqlName } from "./table-name.ts";

/** What decides how the rows come to the target. */
export interface PublishState {
  readonly mode: ExportMode;
  /** Whether the target stands there. */
  readonly targetExists: boolean;
  /** Whether this export published into the target before, when it was incomplete. */
  readonly published: boolean;
  /** Whether nothing is left for a resumed run to fetch. */
  readonly final: boolean;
}

/**
 * The SQL of the publishing transaction. What is not final goes into the target as a copy: the load table stays for a
 * resumed run, and `__before` keeps what the copy changed, so that a run with another session can take it back.
 */
export function publishStatements(tables: ExportTables, state: PublishState): readonly string[] {
  const { target } = tables;
  const { mode, targetExists, published, final } = state;
  if (mode === "replace" && !final) return [];
  if (mode === "replace" && targetExists) return [`DROP TABLE ${sqlName(target)}`, ...rename(tables)];
  if (mode === "replace" || (mode === "create" && !published && final)) return rename(tables);
  return [
    ...(targetExists ? [] : [createProfileTable(target, tables.propertiesDeclaration)]),
    ...(published ? takeBack(tables) : []),
    ...(final ? [] : remember(tables)),
    upsertProfiles(target, tables.loading),
    ...(final ? [`DROP TABLE ${sqlName(tables.loading)}`, `DROP TABLE IF EXISTS ${sqlName(tables.before)}`] : []),
  ];
}

function rename({ target, loading, before }: ExportTables): readonly string[] {
  return [
    `ALTER TABLE ${sqlName(loading)} RENAME TO ${quoteIdentifier(target.table)}`,
    `DROP TABLE IF EXISTS ${sqlName(before)}`,
  ];
}

/** Keeps what the upsert will change: the row that was there, or that none was. */
function remember({ target, loading, before }: ExportTables): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${sqlName(before)}
      (distinct_id VARCHAR, existed BOOLEAN, last_seen TIMESTAMP, properties VARCHAR)`,
    `INSERT INTO ${sqlName(before)}
      SELECT new.distinct_id, old.distinct_id IS NOT NULL, old.last_seen, old.properties
      FROM (SELECT distinct_id FROM ${sqlName(loading)} ANTI JOIN ${sqlName(before)} USING (distinct_id)) AS new
      LEFT JOIN ${sqlName(target)} AS old USING (distinct_id)`,
  ];
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
