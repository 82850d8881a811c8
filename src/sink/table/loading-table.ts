import type { LoadedPage } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { ProfileColumns } from "../columns/profile-columns.ts";
import { mergePage, type PageCounts, type PageRows, pageCounts } from "./page-rows.ts";
import { COLUMN_LIST, createProfileTable, upsertProfiles } from "./profile-table.ts";
import type { TableAppender, TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** The table `<table>__loading`, open for pages. */
export class LoadingTable implements PageRows {
  readonly #engine: TableEngine;
  readonly #name: TableName;
  readonly #rows = new ProfileColumns();
  readonly #appender: TableAppender;

  private constructor(engine: TableEngine, name: TableName, appender: TableAppender) {
    this.#engine = engine;
    this.#name = name;
    this.#appender = appender;
  }

  static async open(engine: TableEngine, { loading }: ExportTables): Promise<LoadingTable> {
    return new LoadingTable(engine, loading, await engine.appender(loading));
  }

  /** Makes it empty, as part of the transaction that is open. */
  static async create(engine: TableEngine, { loading, propertiesDeclaration }: ExportTables): Promise<void> {
    await engine.query(`DROP TABLE IF EXISTS ${sqlName(loading)}`);
    await engine.query(createProfileTable(loading, propertiesDeclaration));
  }

  /** Makes it of the rows that an incomplete export has published, as part of the transaction that is open. */
  static async createFromPublished(engine: TableEngine, tables: ExportTables): Promise<void> {
    await LoadingTable.create(engine, tables);
    await engine.query(
      `INSERT INTO ${sqlName(tables.loading)} (${COLUMN_LIST}) SELECT ${COLUMN_LIST} FROM ${sqlName(tables.target)}
        SEMI JOIN ${sqlName(tables.before)} USING (distinct_id)`,
    );
  }

  async append(page: LoadedPage<ProfileRow>): Promise<PageCounts> {
    const rows = this.#rows.fill(page.rows);
    await this.#appender.append(rows);
    return pageCounts(page, rows.length, rows.surrogates);
  }

  merge(page: LoadedPage<ProfileRow>): Promise<PageCounts> {
    return mergePage(this.#engine, page, this.#name, (staging) => [upsertProfiles(this.#name, staging)]);
  }

  close(): void {
    this.#appender.close();
  }
}
