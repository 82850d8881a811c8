import type { RowCounts } from "../../export/export-tally.ts";
import type { LoadedPage } from "../../page/page-result.ts";
import { hasId, type ProfileRow } from "../../page/profile-row.ts";
import { lastOfEachId, ProfileColumns } from "../columns/profile-columns.ts";
import { createProfileTable } from "./profile-table.ts";
import type { TableEngine } from "./table-engine.ts";
import { sqlName, type TableName } from "./table-name.ts";

/** What became of the profiles of a page. */
export interface PageCounts extends RowCounts {
  /** Lone surrogates that were replaced. */
  readonly surrogates: number;
}

/** A table that takes the rows of pages, as part of the transaction that is open. */
export interface PageRows {
  /** Adds the profiles of a page. After a `DuplicateKeyError` the transaction is lost: roll it back and {@link merge}. */
  append(page: LoadedPage<ProfileRow>): Promise<PageCounts>;
  /** Adds the profiles of a page whose ids may be there already; the one read last stays. */
  merge(page: LoadedPage<ProfileRow>): Promise<PageCounts>;
  close(): void;
}

const STAGING: TableName = { catalog: "temp", schema: "main", table: "_engage_staging" };

/**
 * Brings a page into a table whose ids may be there already, by way of a temporary table.
 *
 * @param known the table that has the ids that came before
 * @param statementsFrom the SQL that takes the rows over
 */
export async function mergePage(
  engine: TableEngine,
  page: LoadedPage<ProfileRow>,
  known: TableName,
  statementsFrom: (staging: TableName) => readonly string[],
): Promise<PageCounts> {
  const rows = new ProfileColumns().fill(lastOfEachId(page.rows));
  await engine.query(createProfileTable(STAGING, engine.jsonTypes[0]));
  const appender = await engine.appender(STAGING);
  try {
    await appender.append(rows);
  } finally {
    appender.close();
  }
  const [again] = await engine.query(
    `SELECT count(*) AS ids FROM ${sqlName(STAGING)} SEMI JOIN ${sqlName(known)} USING (distinct_id)`,
  );
  for (const statement of statementsFrom(STAGING)) await engine.query(statement);
  await engine.query(`DROP TABLE ${sqlName(STAGING)}`);
  return pageCounts(page, rows.length - Number(again?.ids), rows.surrogates);
}

/** @param added rows whose id is new */
export function pageCounts({ rows }: LoadedPage<ProfileRow>, added: number, surrogates: number): PageCounts {
  const withId = rows.filter(hasId).length;
  return { rows: added, duplicates: withId - added, withoutId: rows.length - withId, surrogates };
}
