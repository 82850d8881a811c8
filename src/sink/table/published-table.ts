import type { LoadedPage } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { mergePage, type PageCounts, type PageRows } from "./page-rows.ts";
import { upsertProfiles } from "./profile-table.ts";
import type { TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** The target of an export that was published without some pages, open for those. */
export class PublishedTable implements PageRows {
  readonly #engine: TableEngine;
  readonly #tables: ExportTables;

  constructor(engine: TableEngine, tables: ExportTables) {
    this.#engine = engine;
    this.#tables = tables;
  }

  append(page: LoadedPage<ProfileRow>): Promise<PageCounts> {
    return this.merge(page);
  }

  merge(page: LoadedPage<ProfileRow>): Promise<PageCounts> {
    const { target, before } = this.#tables;
    return mergePage(this.#engine, page, before, (staging) => [
      ...remember(this.#tables, staging),
      upsertProfiles(target, staging),
    ]);
  }

  close(): void {}
}

/** SQL that keeps what an upsert from `source` will change: the row that was there, or that none was. */
export function remember({ target, before }: ExportTables, source: TableName): readonly string[] {
  return [
    createBefore(before),
    `INSERT INTO ${sqlName(before)}
      SELECT new.distinct_id, old.distinct_id IS NOT NULL, old.last_seen, old.properties
      FROM (SELECT distinct_id FROM ${sqlName(source)} ANTI JOIN ${sqlName(before)} USING (distinct_id)) AS new
      LEFT JOIN ${sqlName(target)} AS old USING (distinct_id)`,
  ];
}

/** SQL that keeps that none of the target's rows was there. */
export function rememberAll({ target, before }: ExportTables): readonly string[] {
  return [
    createBefore(before),
    `INSERT INTO ${sqlName(before)} (distinct_id, existed) SELECT distinct_id, false FROM ${sqlName(target)}`,
  ];
}

function createBefore(before: TableName): string {
  return `CREATE TABLE IF NOT EXISTS ${sqlName(before)}
    (distinct_id VARCHAR, existed BOOLEAN, last_seen TIMESTAMP, properties VARCHAR)`;
}

/** SQL that undoes what an earlier publishing changed, for the ids that did not come again. */
export function takeBack({ target, loading, before }: ExportTables): readonly string[] {
  const gone = `(SELECT * FROM ${sqlName(before)} ANTI JOIN ${sqlName(loading)} USING (distinct_id))`;
  return [
    `UPDATE ${sqlName(target)} AS now SET last_seen = gone.last_seen, properties = gone.properties
      FROM ${gone} AS gone WHERE now.distinct_id = gone.distinct_id AND gone.existed`,
    `DELETE FROM ${sqlName(target)} WHERE distinct_id IN (SELECT distinct_id FROM ${gone} WHERE NOT existed)`,
    `DELETE FROM ${sqlName(before)} WHERE distinct_id NOT IN (SELECT distinct_id FROM ${sqlName(loading)})`,
  ];
}
