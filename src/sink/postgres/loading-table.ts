import type { RowCounts } from "../../export/export-tally.ts";
import { indexOf } from "../../page/engage-profile.ts";
import type { InvalidProfile, LoadedPage } from "../../page/page-result.ts";
import { hasId, type ProfileRow, sentOf } from "../../page/profile-row.ts";
import { rawLines } from "../../page/raw-lines.ts";
import { lastOfEachId, ProfileColumns } from "../columns/profile-columns.ts";
import { copyRows } from "./copy-rows.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { codeOf, refusalOf } from "./postgres-error.ts";
import type { PostgresTables } from "./postgres-tables.ts";
import { COLUMN_LIST, PROFILE_COLUMNS, upsertProfiles } from "./profile-table.ts";
import { holdsAll, unheldReason } from "./unheld-rows.ts";

/** A profile that the table cannot hold. */
export interface UnheldProfile extends InvalidProfile {
  readonly pageIndex: number;
}

/** What became of the profiles of a page. */
export interface PageCounts extends RowCounts {
  readonly unheld: readonly UnheldProfile[];
}

type Reasons = ReadonlyMap<ProfileRow, string>;

const STAGING = "pg_temp._engage_staging";

/** The table `<table>__loading`, part of the transaction that is open. */
export class LoadingTable {
  readonly #connection: PostgresConnection;
  readonly #tables: PostgresTables;
  readonly #columns = new ProfileColumns();

  constructor(connection: PostgresConnection, tables: PostgresTables) {
    this.#connection = connection;
    this.#tables = tables;
  }

  /** Whether a page should be added by {@link merge}, after its transaction was rolled back. */
  static asksForMerge(error: unknown): boolean {
    return codeOf(error) === "23505" || refusalOf(error) !== undefined;
  }

  /** Makes the table, and drops one that is there. */
  async create(): Promise<void> {
    const { loading } = this.#tables;
    await this.#connection.query(`DROP TABLE IF EXISTS ${loading.sql}; CREATE TABLE ${loading.sql} ${PROFILE_COLUMNS}`);
  }

  /** Adds the profiles of a page, which is the quick way if all of them are new and can be held. */
  async append(page: LoadedPage<ProfileRow>): Promise<PageCounts> {
    const { rows, reasons } = this.#held(page.rows);
    await this.#copy(this.#tables.loading.sql, rows);
    return countsOf(page, rows.length, rows.length, reasons);
  }

  /** Adds the profiles of a page of which some may be there already, the one read last stays, or be refused. */
  async merge(page: LoadedPage<ProfileRow>): Promise<PageCounts> {
    const { loading } = this.#tables;
    const { rows, reasons } = this.#held(page.rows);
    const all = new Map(reasons);
    await this.#connection.query(`CREATE TEMP TABLE _engage_staging ${PROFILE_COLUMNS}`);
    let held = rows;
    for (;;) {
      const refused = await this.#stage(lastOfEachId(held));
      if (refused.size === 0) break;
      // The profile that was read before a refused one takes its place.
      for (const [row, reason] of refused) all.set(row, reason);
      held = held.filter((row) => !refused.has(row));
      await this.#connection.query(`TRUNCATE ${STAGING}`);
    }
    const [count] = await this.#connection.query(
      `SELECT count(*)::int AS staged, count(known.distinct_id)::int AS known
        FROM ${STAGING} AS staged LEFT JOIN ${loading.sql} AS known USING (distinct_id)`,
    );
    await this.#connection.query(`${upsertProfiles(loading.sql, STAGING)}; DROP TABLE ${STAGING}`);
    return countsOf(page, held.length, Number(count?.staged) - Number(count?.known), all);
  }

  /** The rows with an id that Postgres can hold, and why it cannot hold the others. */
  #held(rows: readonly ProfileRow[]): { readonly rows: readonly ProfileRow[]; readonly reasons: Reasons } {
    const withId = rows.filter(hasId);
    const reasons = new Map<ProfileRow, string>();
    if (holdsAll(this.#columns.fill(withId))) return { rows: withId, reasons };
    for (const row of withId) {
      const reason = unheldReason(row);
      if (reason !== undefined) reasons.set(row, reason);
    }
    return { rows: withId.filter((row) => !reasons.has(row)), reasons };
  }

  /** Adds rows to the staging table, and returns those that the server refuses, found by halving. */
  async #stage(rows: readonly ProfileRow[]): Promise<Reasons> {
    if (rows.length === 0) return new Map();
    await this.#connection.query("SAVEPOINT staged");
    try {
      await this.#copy(STAGING, rows);
      await this.#connection.query("RELEASE SAVEPOINT staged");
      return new Map();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === undefined) throw error;
      await this.#connection.query("ROLLBACK TO SAVEPOINT staged");
      const [row, ...others] = rows;
      if (row !== undefined && others.length === 0) return new Map([[row, reason]]);
      const middle = Math.ceil(rows.length / 2);
      const first = await this.#stage(rows.slice(0, middle));
      return new Map([...first, ...(await this.#stage(rows.slice(middle)))]);
    }
  }

  async #copy(table: string, rows: readonly ProfileRow[]): Promise<void> {
    if (rows.length === 0) return;
    const bytes = copyRows(this.#columns.fill(rows));
    await this.#connection.copy(`COPY ${table} (${COLUMN_LIST}) FROM STDIN (FORMAT binary)`, [bytes]);
  }
}

/** @param held rows with an id that can be held */
function countsOf(
  { rows, pageIndex }: LoadedPage<ProfileRow>,
  held: number,
  added: number,
  reasons: Reasons,
): PageCounts {
  const unheld = [...reasons].map(([row, reason]) => {
    const sent = sentOf(row);
    const profileIndex = sent === undefined ? rows.indexOf(row) : indexOf(sent);
    const bytes = rawLines([row]).subarray(0, -1);
    return { pageIndex, profileIndex, reason, ...(row.distinctId !== null && { distinctId: row.distinctId }), bytes };
  });
  unheld.sort((one, other) => one.profileIndex - other.profileIndex);
  const invalid = unheld.length;
  return { rows: added, duplicates: held - added, withoutId: rows.length - held - invalid, invalid, unheld };
}
