import { EngageError } from "../../engage-error.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { codeOf } from "./postgres-error.ts";
import type { PostgresTable } from "./postgres-tables.ts";

/** A process that was killed a moment ago holds its locks until the server has noticed. */
const PATIENCE = "3s";

/**
 * Keeps every other exporter from a table for as long as the connection lasts.
 *
 * @throws {EngageError} `locked`, if there is one
 */
export async function lockTable(connection: PostgresConnection, { name, sql }: PostgresTable): Promise<void> {
  const key = `hashtextextended(${sqlLiteral(`engage-export ${sql}`)}, 0)`;
  try {
    await connection.query(`BEGIN; SET LOCAL lock_timeout = '${PATIENCE}'; SELECT pg_advisory_lock(${key}); COMMIT`);
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => {});
    if (!(error instanceof Error) || codeOf(error.cause) !== "55P03") throw error;
    const holder = await holderOf(
      connection,
      `locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = ${key}`,
    );
    const message = `Cannot open the table, ${holder} exports into it; let that end first, or choose another table: ${name}`;
    throw new EngageError("locked", message, { cause: error });
  }
}

/** Who holds a lock on a table, for a sentence. */
export function tableHolder(connection: PostgresConnection, { sql }: PostgresTable): Promise<string> {
  return holderOf(connection, `relation = to_regclass(${sqlLiteral(sql)})`);
}

async function holderOf(connection: PostgresConnection, condition: string): Promise<string> {
  const [holder] = await connection
    .query(
      `SELECT pid, application_name AS application FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
        WHERE granted AND pid <> pg_backend_pid() AND ${condition}
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1`,
    )
    .catch(() => []);
  if (holder === undefined) return "another session";
  return `the server's process ${holder.pid}${holder.application ? ` (${holder.application})` : ""}`;
}
