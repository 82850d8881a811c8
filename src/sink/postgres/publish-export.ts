import { EngageError } from "../../engage-error.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import type { ChangeCounts } from "../../export/update-base.ts";
import { quoteIdentifier } from "../table/sql-text.ts";
import { changeCounts, countAfterUpsert, countBeforeUpsert, leaveOutUnchanged } from "../update/count-changes.ts";
import type { ExportRecord } from "./export-record.ts";
import { checkTarget, type ExportPlan } from "./plan-export.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { codeOf } from "./postgres-error.ts";
import { tableHolder } from "./postgres-lock.ts";
import type { PostgresTables } from "./postgres-tables.ts";
import { type Occupant, occupantsOf, PROFILE_COLUMNS, upsertProfiles } from "./profile-table.ts";

/**
 * Brings the rows of the load table into the target, and with them the record that says whether that was all, in one
 * transaction.
 *
 * @returns what an update of the table has changed
 */
export async function publishExport(
  connection: PostgresConnection,
  plan: ExportPlan,
  record: ExportRecord,
  tally: ExportTally,
): Promise<ChangeCounts | undefined> {
  const { tables, mode, published } = plan;
  const { complete, hasFailures, totalRows } = tally.result();
  const isFinal = mode === "replace" ? complete : !hasFailures;
  // Hours may have passed since the sink was opened.
  const occupant = (await occupantsOf(connection, tables)).get(tables.target.name);
  await checkTarget(connection, tables, published ? "append" : mode, occupant);
  const propertiesType = mode === "update" ? await typeOfProperties(connection, occupant) : undefined;
  const statements = publishStatements(plan, { targetExists: occupant !== undefined, isFinal, propertiesType });
  let changes: ChangeCounts | undefined;
  try {
    await connection.transact(async () => {
      await record.update(tally, isFinal);
      if (mode === "replace" && isFinal) await keepGrants(connection, tables, occupant);
      for (const statement of statements) {
        const [row] = await connection.query(statement);
        changes = changeCounts(row, totalRows) ?? changes;
      }
    });
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error.cause) !== "55P03") throw error;
    const holder = await tableHolder(connection, tables.target);
    const message = `Cannot publish the rows, ${holder} holds a lock on the table; end that transaction and resume, which requests no page again: ${tables.target.name}`;
    throw new EngageError("write-failed", message, { cause: error });
  }
  return changes;
}

/** What decides how the rows come to the target, beside the plan. */
interface PublishState {
  readonly targetExists: boolean;
  readonly isFinal: boolean;
  /** The type of the target's properties, if the changes are to be counted. */
  readonly propertiesType: string | undefined;
}

/**
 * The SQL of the publishing transaction. What is not final goes into the target as a copy: the load table stays for a
 * resumed run, and `__before` keeps what the copy changed, so a run with another session can take it back.
 */
function publishStatements(
  { tables, mode, published }: ExportPlan,
  { targetExists, isFinal, propertiesType }: PublishState,
): readonly string[] {
  const { target, loading, before } = tables;
  if (mode === "replace") {
    return isFinal ? [...(targetExists ? [`DROP TABLE ${target.sql}`] : []), ...rename(tables)] : [];
  }
  if (mode === "create" && !published && isFinal) return rename(tables);
  const names = { target: target.sql, loading: loading.sql, before: before.sql };
  const counted = (...sql: readonly string[]): readonly string[] => (mode === "update" ? sql : []);
  const remembers = !isFinal || (published && mode === "update");
  // As the target will hold them: `jsonb` writes them otherwise than they came.
  const asText = (properties: string) => `CAST(CAST(${properties} AS ${propertiesType}) AS text)`;
  return [
    ...(targetExists ? [] : [`CREATE TABLE ${target.sql} ${PROFILE_COLUMNS}`]),
    ...(published ? takeBack(tables) : []),
    ...(remembers ? remember(tables) : counted(leaveOutUnchanged(names, asText), countBeforeUpsert(names))),
    upsertProfiles(target.sql, loading.sql),
    ...(remembers ? counted(countAfterUpsert(names)) : []),
    ...(isFinal ? [`DROP TABLE ${loading.sql}`, `DROP TABLE IF EXISTS ${before.sql}`] : []),
  ];
}

async function typeOfProperties(
  connection: PostgresConnection,
  occupant: Occupant | undefined,
): Promise<string | undefined> {
  if (occupant === undefined) return undefined;
  const [found] = await connection.query(
    `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = ${occupant.oid} AND attname = 'properties'`,
  );
  return String(found?.type);
}

function rename({ target, loading, before }: PostgresTables): readonly string[] {
  return [`ALTER TABLE ${loading.sql} RENAME TO ${quoteIdentifier(target.name)}`, `DROP TABLE IF EXISTS ${before.sql}`];
}

/** Keeps what the upsert will change: the row that was there, or that none was. */
function remember({ target, loading, before }: PostgresTables): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${before.sql} (distinct_id text PRIMARY KEY, existed boolean, last_seen timestamp, properties json)`,
    `INSERT INTO ${before.sql} (distinct_id, existed, last_seen, properties)
      SELECT new.distinct_id, old.distinct_id IS NOT NULL, old.last_seen, old.properties::json
      FROM ${loading.sql} AS new LEFT JOIN ${target.sql} AS old ON old.distinct_id = new.distinct_id
      ON CONFLICT (distinct_id) DO NOTHING`,
  ];
}

/** Undoes what an earlier publishing changed, for the ids that did not come again. */
function takeBack({ target, loading, before }: PostgresTables): readonly string[] {
  const isGone = (row: string) =>
    `NOT EXISTS (SELECT FROM ${loading.sql} AS new WHERE new.distinct_id = ${row}.distinct_id)`;
  return [
    `UPDATE ${target.sql} AS now SET last_seen = gone.last_seen, properties = gone.properties
      FROM ${before.sql} AS gone WHERE now.distinct_id = gone.distinct_id AND gone.existed AND ${isGone("gone")}`,
    `DELETE FROM ${target.sql} AS now USING ${before.sql} AS gone
      WHERE now.distinct_id = gone.distinct_id AND NOT gone.existed AND ${isGone("gone")}`,
    `DELETE FROM ${before.sql} AS gone WHERE ${isGone("gone")}`,
  ];
}

/** Gives the load table the rights that others have on the table it replaces. */
async function keepGrants(
  connection: PostgresConnection,
  { loading }: PostgresTables,
  occupant: Occupant | undefined,
): Promise<void> {
  if (occupant === undefined) return;
  const grants = await connection.query(
    `SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
        privilege_type AS privilege, is_grantable AS grantable
      FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = ${occupant.oid} AND grantee <> relowner`,
  );
  for (const { grantee, privilege, grantable } of grants) {
    await connection.query(
      `GRANT ${privilege} ON ${loading.sql} TO ${grantee}${grantable ? " WITH GRANT OPTION" : ""}`,
    );
  }
}
