import type { LoadedPage } from "../../page/page-result.ts";
import { hasId, type ProfileRow } from "../../page/profile-row.ts";
import { lastOfEachId, ProfileColumns } from "../columns/profile-columns.ts";
import { createProfileTable, upsertProfiles } from "./profile-table.ts";
import type { TableAppender, TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** What became of the profiles of a page. */
export interface LoadedCounts {
  /** Ids that are new to the table. */
  readonly rows: number;
  /** Profiles whose id was there already, in the table or in the page. */
  readonly duplicates: number;
  readonly withoutId: number;
  /** Lone surrogates that were replaced. */
  readonly surrogates: number;
}

const STAGING: TableName = { catalog: "temp", schema: "main", table: "_engage_staging" };

/** The table `<table>__loading`, open for pages. */
export class LoadingTable {
  readonly #engine: TableEngine;
  readonly #tables: ExportTables;
  readonly #rows = new ProfileColumns();
  #appender: TableAppender;

  private constructor(engine: TableEngine, tables: ExportTables, appender: TableAppender) {
    this.#engine = engine;
    this.#tables = tables;
    this.#appender = appender;
  }

  static async open(engine: TableEngine, tables: ExportTables): Promise<LoadingTable> {
    return new LoadingTable(engine, tables, await engine.appender(tables.loading));
  }

  /** Adds the profiles of a page. After a `DuplicateKeyError` the transaction is lost: roll it back and {@link merge}. */
  async append(page: LoadedPage<ProfileRow>): Promise<LoadedCounts> {
    const rows = this.#rows.fill(page.rows);
    await this.#appender.append(rows);
    return countsOf(page, rows.length, rows.surrogates);
  }

  /** Adds the profiles of a page where ids may be there already; the one read last stays. */
  async merge(page: LoadedPage<ProfileRow>): Promise<LoadedCounts> {
    const rows = this.#rows.fill(lastOfEachId(page.rows));
    await this.#stage(rows);
    const [known] = await this.#engine.query(
      `SELECT count(*) AS ids FROM ${sqlName(STAGING)} SEMI JOIN ${sqlName(this.#tables.loading)} USING (distinct_id)`,
    );
    await this.#engine.query(upsertProfiles(this.#tables.loading, STAGING));
    await this.#engine.query(`DROP TABLE ${sqlName(STAGING)}`);
    return countsOf(page, rows.length - Number(known?.ids), rows.surrogates);
  }

  /** Empties the table, as part of the transaction that is open. */
  async recreate(): Promise<void> {
    const { loading, propertiesDeclaration } = this.#tables;
    this.#appender.close();
    await this.#engine.query(`DROP TABLE ${sqlName(loading)}`);
    await this.#engine.query(createProfileTable(loading, propertiesDeclaration));
    this.#appender = await this.#engine.appender(loading);
  }

  close(): void {
    this.#appender.close();
  }

  async #stage(rows: ProfileColumns): Promise<void> {
    await this.#engine.query(createProfileTable(STAGING, this.#engine.jsonTypes[0]));
    const staging = await this.#engine.appender(STAGING);
    try {
      await staging.append(rows);
    } finally {
      staging.close();
    }
  }
}

function countsOf({ rows }: LoadedPage<ProfileRow>, added: number, surrogates: number): LoadedCounts {
  const withId = rows.filter(hasId).length;
  return { rows: added, duplicates: withId - added, withoutId: rows.length - withId, surrogates };
}
