import { EngageError } from "../../engage-error.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import type { PostgresTable, PostgresTables } from "./postgres-tables.ts";

export const COLUMN_LIST = "distinct_id, last_seen, properties";

/** `json` keeps the bytes that were sent: `jsonb` rewrites numbers and drops doubled keys. */
export const PROFILE_COLUMNS = "(distinct_id text PRIMARY KEY, last_seen timestamp, properties json)";

const TYPES: Readonly<Record<string, readonly string[]>> = {
  distinct_id: ["text", "character varying"],
  last_seen: ["timestamp without time zone"],
  properties: ["json", "jsonb"],
};

/** What stands where a table is meant to be. */
export interface Occupant {
  /** For a sentence: `table`, `view` … */
  readonly kind: string;
  readonly oid: number;
  /** Whether the role may drop or rename it. */
  readonly isOwned: boolean;
}

const KINDS: Readonly<Record<string, string>> = {
  r: "table",
  p: "table",
  v: "view",
  m: "materialized view",
  f: "foreign table",
  S: "sequence",
  i: "index",
  I: "index",
  c: "type",
};

/** What has the names of an export's tables. */
export async function occupantsOf(
  connection: PostgresConnection,
  { schema, target, loading, before, records }: PostgresTables,
): Promise<ReadonlyMap<string, Occupant>> {
  const names = [target, loading, before, records].map(({ name }) => sqlLiteral(name));
  const found = await connection.query(
    `SELECT relname AS name, relkind::text AS kind, class.oid::bigint::text AS oid, pg_has_role(relowner, 'USAGE') AS owned
      FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
      WHERE nspname = ${sqlLiteral(schema)} AND relname IN (${names.join(", ")})`,
  );
  return new Map(
    found.map(({ name, kind, oid, owned }) => [
      String(name),
      { kind: KINDS[String(kind)] ?? "relation", oid: Number(oid), isOwned: owned === true },
    ]),
  );
}

/** The SQL that adds the rows of another profile table, the newest wins. Columns are named: the target may have others. */
export function upsertProfiles(target: string, source: string): string {
  return `INSERT INTO ${target} (${COLUMN_LIST}) SELECT ${COLUMN_LIST} FROM ${source}
    ON CONFLICT (distinct_id) DO UPDATE SET last_seen = excluded.last_seen, properties = excluded.properties`;
}

/** Rejects with `table-mismatch` if profiles cannot be added to a table. */
export async function checkProfileTable(
  connection: PostgresConnection,
  { name: table }: PostgresTable,
  { oid }: Occupant,
): Promise<void> {
  const refuse = (reason: string): never => {
    const message = `Cannot add profiles to the table, ${reason}; choose another table, or replace it: ${table}`;
    throw new EngageError("table-mismatch", message);
  };
  const columns = await connection.query(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attgenerated <> '' AS generated,
        NOT attnotnull OR atthasdef OR attidentity <> '' AS optional
      FROM pg_attribute WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped`,
  );
  const byName = new Map(columns.map((column) => [String(column.name), column]));
  for (const [name, types] of Object.entries(TYPES)) {
    const column = byName.get(name);
    if (column === undefined) return refuse(`it has no column \`${name}\``);
    const type = String(column.type);
    if (!types.includes(type)) return refuse(`its column \`${name}\` is ${type}, not ${types[0]}`);
    if (column.generated) return refuse(`its column \`${name}\` is generated`);
    byName.delete(name);
  }
  for (const { name, optional } of byName.values()) {
    if (!optional) return refuse(`its column \`${name}\` does not take NULL`);
  }
  const [key] = await connection.query(
    `SELECT string_agg(attname, ',') AS columns, bool_and(indimmediate) AS immediate
      FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
      WHERE indrelid = ${oid} AND indisprimary`,
  );
  if (key?.columns !== "distinct_id") refuse("its primary key is not `distinct_id`");
  if (key?.immediate !== true) refuse("its primary key is deferrable");
}
