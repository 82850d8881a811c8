import type { SqlRecord } from "../table/table-engine.ts";

type Query = (sql: string) => Promise<readonly SqlRecord[]>;

// Far more than a server that is there takes to answer.
const REACHABLE_WITHIN = 3_000;

/**
 * Whether duckdb-wasm has the type JSON, after loading it if that can be. It comes with an extension from the
 * network, which DuckDB fetches if a statement mentions JSON first: on Node, Bun and Deno with the thread blocked, for
 * ever if the extension cannot be reached. So it is asked for here before, with a limit. A database that is told not
 * to load extensions by itself (`SET autoload_known_extensions = false`) gets none from here.
 */
export async function hasJsonExtension(query: Query): Promise<boolean> {
  if (await hasJson(query)) return true;
  const [database] = await query(
    `SELECT library_version AS version, platform, current_setting('autoload_known_extensions') AS autoload,
        current_setting('custom_extension_repository') AS repository
      FROM pragma_version(), pragma_platform()`,
  );
  if (!database?.autoload) return false;
  const repository = database.repository || "https://extensions.duckdb.org";
  const extension = `${repository}/${database.version}/${database.platform}/json.duckdb_extension.wasm`;
  if (!(await isReachable(extension))) return false;
  // One that cannot be loaded all the same is none.
  await query("LOAD json").catch(() => {});
  return hasJson(query);
}

async function hasJson(query: Query): Promise<boolean> {
  const types = await query("SELECT type_name FROM duckdb_types() WHERE type_name = 'JSON'");
  return types.length > 0;
}

async function isReachable(url: string): Promise<boolean> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), REACHABLE_WITHIN);
  try {
    const response = await fetch(url, { signal: limit.signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
