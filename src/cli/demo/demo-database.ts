import { existsSync } from "node:fs";
import { EngageError } from "../../engage-error.ts";
import { type Answer, readDatabase } from "../../sink/duckdb/duckdb-read.ts";

/** The host that the demo's exports name; nothing listens there. */
export const DEMO_HOST = "http://demo.localhost";

/** A question to the table of columns. */
export interface DemoQuery {
  readonly name: string;
  readonly sql: string;
}

/** What the demo asks. */
export const DEMO_QUERIES: readonly DemoQuery[] = [
  {
    name: "What each plan brings in",
    sql: `SELECT plan, count(*) AS profiles, sum(mrr) AS "per month"
FROM profiles_columns WHERE plan IS NOT NULL GROUP BY ALL ORDER BY "per month" DESC`,
  },
  {
    name: "Where most people are, and when one of them was last seen",
    sql: `SELECT "$country_code" AS country, count(*) AS profiles, max(last_seen) AS "last seen"
FROM profiles_columns GROUP BY ALL ORDER BY profiles DESC, country LIMIT 5`,
  },
  {
    name: "Who spent most",
    sql: `SELECT "$name" AS name, company->>'name' AS company, spend
FROM profiles_columns ORDER BY spend DESC NULLS LAST, distinct_id LIMIT 5`,
  },
];

/**
 * Makes sure that nothing but the demo's own exports would be replaced. Changes nothing.
 *
 * @throws {EngageError} `usage`
 */
export async function checkDemoDatabase(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const isDemos = await readDatabase(path, async (ask) => {
    const tables = (await ask("SELECT table_name FROM duckdb_tables()")).rows.map(([name]) => String(name));
    const views = (await ask("SELECT view_name FROM duckdb_views() WHERE NOT internal")).rows;
    if (tables.length === 0 && views.length === 0) return true;
    if (!tables.includes("_engage_exports") || views.length > 0) return false;
    const others = `SELECT count(*)::INTEGER FROM _engage_exports
      WHERE table_name <> 'profiles' OR (query->>'host') <> '${DEMO_HOST}'`;
    const isProfiles = (table: string) => table === "_engage_exports" || /^profiles(_columns|__\w+)?$/.test(table);
    return tables.every(isProfiles) && (await ask(others)).rows[0]?.[0] === 0;
  }).catch((error) => {
    const reason = String(error instanceof Error ? error.message : error).split("\n")[0];
    throw new EngageError("usage", `Cannot run the demo, the file cannot be read (${reason}): ${path}`, {
      cause: error,
    });
  });
  if (isDemos) return;
  throw new EngageError(
    "usage",
    `Cannot run the demo, the file that is there is not the demo's; run it in another directory: ${path}`,
  );
}

/** Asks a database that was exported. */
export function askDemoDatabase(path: string, queries: readonly DemoQuery[]): Promise<readonly Answer[]> {
  return readDatabase(path, async (ask) => {
    const answers: Answer[] = [];
    for (const { sql } of queries) answers.push(await ask(sql));
    return answers;
  });
}
