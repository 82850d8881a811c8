import { EngageError } from "../../engage-error.ts";
import type { TableMode } from "../../export/export-sink.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import type { PostgresTables } from "./postgres-tables.ts";
import type { Occupant } from "./profile-table.ts";

/** Rejects before anything is requested if the role lacks a right that the export needs at its end, hours later. */
export async function checkRights(
  connection: PostgresConnection,
  { schema, target, loading, before, records }: PostgresTables,
  mode: TableMode,
  occupants: ReadonlyMap<string, Occupant>,
): Promise<void> {
  const lacking = (reason: string, name: string): never => {
    throw new EngageError("write-failed", `Cannot export, ${reason}: ${name}`);
  };
  const [found] = await connection.query(
    `SELECT current_user AS role, current_setting('transaction_read_only') = 'on' AS readonly,
      has_schema_privilege(${sqlLiteral(schema)}, 'CREATE') AND has_schema_privilege(${sqlLiteral(schema)}, 'USAGE') AS both,
      has_database_privilege(current_database(), 'TEMP') AS temporary`,
  );
  if (found?.readonly) {
    lacking(
      "the server takes no changes, since it is a standby or read-only; connect to the primary",
      connection.where,
    );
  }
  if (!found?.both)
    lacking(`the role ${found?.role} may not create tables in the schema; grant USAGE and CREATE`, schema);
  if (!found?.temporary)
    lacking(`the role ${found?.role} may not create temporary tables; grant TEMP`, connection.where);
  for (const { name } of [loading, before, ...(mode === "replace" ? [target] : [])]) {
    const occupant = occupants.get(name);
    if (occupant?.isOwned === false) lacking("the table belongs to another role, and only that may replace it", name);
  }
  for (const { name } of [records, ...(mode === "append" || mode === "update" ? [target] : [])]) {
    const occupant = occupants.get(name);
    if (occupant === undefined) continue;
    const [rights] = await connection.query(
      ["SELECT", "INSERT", "UPDATE", "DELETE"]
        .map((right) => `has_table_privilege(${occupant.oid}::oid, '${right}')`)
        .reduce((sql, right, index) => `${sql}${index === 0 ? "" : " AND "}${right}`, "SELECT ")
        .concat(" AS all"),
    );
    if (!rights?.all) {
      lacking(`the role ${found?.role} may not change the table; grant SELECT, INSERT, UPDATE and DELETE`, name);
    }
  }
  if (mode === "replace") await checkDependents(connection, occupants.get(target.name), target.name);
}

/** What depends on a table, such as a view, would keep it from being replaced. */
async function checkDependents(
  connection: PostgresConnection,
  occupant: Occupant | undefined,
  name: string,
): Promise<void> {
  if (occupant === undefined) return;
  const [view] = await connection.query(
    `SELECT ev_class::regclass::text AS name FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
      WHERE classid = 'pg_rewrite'::regclass AND refobjid = ${occupant.oid} AND ev_class <> ${occupant.oid}
      UNION ALL SELECT conrelid::regclass::text FROM pg_constraint
      WHERE contype = 'f' AND confrelid = ${occupant.oid} AND conrelid <> ${occupant.oid} LIMIT 1`,
  );
  if (view === undefined) return;
  const message = `Cannot replace the table, ${view.name} depends on it; drop that first, or append: ${name}`;
  throw new EngageError("table-mismatch", message);
}
