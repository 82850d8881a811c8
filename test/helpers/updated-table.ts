import { type DuckDBSinkOptions, duckdbSink } from "../../src/duckdb.ts";
import type { EngageWarning } from "../../src/engage-warning.ts";
import { type ExportProfilesOptions, type ExportResult, type ExportSink, exportProfiles } from "../../src/index.ts";
import { postgresSink } from "../../src/postgres.ts";
import { type EngageSimulator, type EngageSimulatorOptions, engageSimulator } from "../../src/simulator.ts";
import { memoryDatabase, rowsOf, tablesIn } from "./database.ts";
import { rowsInPostgres } from "./postgres-export.ts";
import type { PostgresServer } from "./postgres-server.ts";

export type TableOptions = Omit<DuckDBSinkOptions, "path" | "connection">;

/** A table that exports go into, whichever database it is in. */
export interface UpdatedTable {
  open(options: TableOptions): Promise<ExportSink>;
  /** Its rows as text, in the order of their ids. */
  rows(table?: string): Promise<readonly string[]>;
  tables(): Promise<readonly unknown[]>;
  run(sql: string): Promise<unknown>;
}

/** A table of a DuckDB database in memory. */
export async function duckdbTable(): Promise<UpdatedTable> {
  const connection = await memoryDatabase();
  return {
    open: (options) => duckdbSink({ connection, ...options }),
    rows: async (table = "profiles") => {
      const rows = await rowsOf(
        connection,
        `SELECT distinct_id, strftime(last_seen, '%Y-%m-%d %H:%M:%S'), properties::VARCHAR FROM ${table} ORDER BY distinct_id`,
      );
      return rows.map((row) => JSON.stringify(row));
    },
    tables: () => tablesIn(connection),
    run: (sql) => rowsOf(connection, sql),
  };
}

/** A table of a schema of its own on a server. */
export async function postgresTable(server: PostgresServer): Promise<UpdatedTable> {
  const schema = await server.schema();
  return {
    open: ({ catalog: _, ...options }) => postgresSink({ url: server.url({ schema }), schema, ...options }),
    rows: async (table) =>
      (await rowsInPostgres(server, schema, table)).map((row) => JSON.stringify(Object.values(row))),
    tables: async () => {
      const found = await server.sql(`SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' ORDER BY 1`);
      return found.map(({ tablename }) => tablename);
    },
    run: (sql) => server.sql(`SET search_path = ${schema}; ${sql}`),
  };
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** When the simulated time begins. */
export const START = Date.parse("2026-11-29T12:00:00Z");

/** A project whose time passes only when told to. */
export interface TimedProject {
  readonly simulator: EngageSimulator;
  /** Lets time pass. */
  pass(milliseconds: number): void;
}

/** Profiles that were seen at the begin of a year, one a page of `pageSize`. */
export function timedProject(
  profiles: number,
  { pageSize = 4, ...options }: Omit<EngageSimulatorOptions, "profiles" | "now"> = {},
): TimedProject {
  let now = START;
  const texts = Array.from({ length: profiles }, (_, index) => {
    const $properties = {
      $last_seen: `20${10 + (index % 10)}-01-01T00:00:00`,
      n: index,
      plan: index % 2 ? "pro" : "free",
    };
    return JSON.stringify({ $distinct_id: `id-${index}`, $properties });
  });
  const simulator = engageSimulator({
    hourlyQueries: Number.POSITIVE_INFINITY,
    pageSize,
    ...options,
    profiles: texts,
    now: () => now,
  });
  return {
    simulator,
    pass: (milliseconds) => {
      now += milliseconds;
    },
  };
}

export interface Exported {
  readonly result: ExportResult | undefined;
  readonly error: unknown;
  readonly warnings: readonly EngageWarning[];
  /** How many requests were sent. */
  readonly requests: number;
}

/** Exports what a simulator holds into a table. */
export async function exportInto(
  table: UpdatedTable,
  simulator: EngageSimulator,
  sinkOptions: TableOptions,
  options: Partial<ExportProfilesOptions> = {},
): Promise<Exported> {
  const { projectId, serviceAccount, requestCount } = simulator;
  const warnings: EngageWarning[] = [];
  const onWarning = (warning: EngageWarning) => warnings.push(warning);
  const asked = { projectId, serviceAccount, fetch: simulator, maxRetries: 0, ...options } as ExportProfilesOptions;
  let result: ExportResult | undefined;
  let error: unknown;
  try {
    const sink = await table.open({ onWarning, ...sinkOptions });
    result = await exportProfiles({ ...asked, sink, onWarning });
  } catch (caught) {
    error = caught;
  }
  return { result, error, warnings, requests: simulator.requestCount - requestCount };
}

/** What came of an update, as the command prints it. */
export function counts({ result }: Exported) {
  const { since, new_profiles, changed_profiles, unchanged_profiles, total_rows, complete } = result?.toJSON() ?? {};
  return { since, new_profiles, changed_profiles, unchanged_profiles, total_rows, complete };
}

export const timeOf = (moment: number) => new Date(moment).toISOString();
export const codesOf = ({ warnings }: Exported) => warnings.map(({ code }) => code);
