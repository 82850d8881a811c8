import type { LoadedPage } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { mergePage, type PageCounts, type PageRows } from "./page-rows.ts";
import { upsertProfiles } from "./profile-table.ts";
import { remember } from "./publish-export.ts";
import type { TableEngine } from "./table-engine.ts";
import type { ExportTables } from "./table-name.ts";

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
