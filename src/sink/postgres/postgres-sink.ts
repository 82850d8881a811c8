import { guarded } from "../../engage-warning.ts";
import { type ExportSink, exportSink } from "../../export/export-sink.ts";
import { locateTables, planExport } from "./plan-export.ts";
import { PostgresConnection } from "./postgres-connection.ts";
import { PostgresDriver } from "./postgres-driver.ts";
import { lockTable } from "./postgres-lock.ts";
import { type PostgresSinkOptions, postgresSinkOptions } from "./postgres-options.ts";

/**
 * Opens a sink that writes profiles into a table of a Postgres server. The rows are published when the stream closes; until
 * then, and if it is aborted, what was committed stays for mode `resume`. No other exporter can open the table until
 * `result` settles.
 *
 * @throws {EngageError} `usage`, `table-exists`, `table-not-found`, `table-mismatch`, `locked` or `write-failed`
 * @example
 * ```ts
 * const sink = await postgresSink("postgres://analyst@localhost/people");
 * await profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles()).pipeTo(sink);
 * const { totalRows } = await sink.result;
 * ```
 */
export async function postgresSink(options: string | PostgresSinkOptions): Promise<ExportSink> {
  const settings = postgresSinkOptions(typeof options === "string" ? { url: options } : options);
  const connection = await PostgresConnection.open(settings);
  try {
    const tables = await locateTables(connection, settings);
    await lockTable(connection, tables.target);
    const plan = await planExport(connection, tables, settings);
    if (plan.finished !== undefined) await connection.close();
    const guardedSettings = { ...settings, onWarning: guarded(settings.onWarning) };
    return exportSink(new PostgresDriver(connection, plan, guardedSettings), guardedSettings);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
