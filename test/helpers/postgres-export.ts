import { type PostgresSinkOptions, postgresSink } from "../../src/postgres.ts";
import { exportInto, type Outcome } from "./database.ts";
import type { PostgresServer } from "./postgres-server.ts";

/** Sends pages into a sink of a server, then closes it, or aborts it if a reason is given. */
export function exportToPostgres(
  server: PostgresServer,
  options: Partial<PostgresSinkOptions>,
  pages: Parameters<typeof exportInto>[1],
  abortReason?: Error,
): Promise<Outcome> {
  const open = { url: server.url(), ...options };
  return exportInto((onWarning) => postgresSink({ onWarning, ...open }), pages, abortReason);
}

/** The rows of a table as text, in the order of their ids. */
export function rowsInPostgres(server: PostgresServer, schema: string, table = "profiles") {
  return server.sql(
    `SELECT distinct_id, to_char(last_seen, 'YYYY-MM-DD HH24:MI:SS.US') AS last_seen, properties::text
      FROM ${schema}.${table} ORDER BY distinct_id COLLATE "C"`,
  );
}
