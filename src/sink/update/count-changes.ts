import type { ChangeCounts } from "../../export/update-base.ts";

/** Tables by their names as SQL; each has the columns of a profile table. */
export interface ChangeTables {
  readonly target: string;
  readonly loading: string;
  /** Has `existed` too: whether the id was in the target before. */
  readonly before: string;
}

/** How the properties of a row are compared: as texts, since JSON types compare them otherwise or not at all. */
type AsText = (properties: string) => string;

const asText: AsText = (properties) => `CAST(${properties} AS text)`;

/**
 * SQL that takes out of the load table what the target has already, so that it is not written again. Properties are read
 * only where `last_seen` is the same: reading the properties of a million rows takes ten times as long as the rest.
 */
export function leaveOutUnchanged({ target, loading }: ChangeTables, loadedAsText = asText): string {
  return `DELETE FROM ${loading} WHERE distinct_id IN (SELECT seen.distinct_id
    FROM (SELECT new.distinct_id, new.properties FROM ${loading} AS new
      JOIN ${target} AS old ON old.distinct_id = new.distinct_id
      WHERE old.last_seen IS NOT DISTINCT FROM new.last_seen) AS seen
    JOIN ${target} AS old ON old.distinct_id = seen.distinct_id
    WHERE ${asText("old.properties")} IS NOT DISTINCT FROM ${loadedAsText("seen.properties")})`;
}

/** SQL that counts what an update is about to change, when unchanged profiles have been taken out of the load table. */
export function countBeforeUpsert({ target, loading }: ChangeTables): string {
  return `SELECT count(*) - count(old.distinct_id) AS new_profiles, count(old.distinct_id) AS changed_profiles
    FROM ${loading} AS new LEFT JOIN ${target} AS old ON old.distinct_id = new.distinct_id`;
}

/** SQL that counts what an update has changed: the target against the rows that were there before. */
export function countAfterUpsert({ target, before }: ChangeTables): string {
  return `SELECT count(*) FILTER (WHERE NOT old.existed) AS new_profiles,
      count(*) FILTER (WHERE old.existed AND (old.last_seen IS DISTINCT FROM new.last_seen
        OR ${asText("old.properties")} IS DISTINCT FROM ${asText("new.properties")})) AS changed_profiles
    FROM ${before} AS old JOIN ${target} AS new ON new.distinct_id = old.distinct_id`;
}

/**
 * Reads the result of one of the two counting queries.
 *
 * @param row the first row of a statement's result; undefined is returned if it has no counts, since the statement was another one
 * @param totalRows how many profiles the update has fetched: those that are not new or changed are unchanged
 */
export function changeCounts(
  row: Readonly<Record<string, unknown>> | undefined,
  totalRows: number,
): ChangeCounts | undefined {
  if (row?.new_profiles === undefined) return undefined;
  const newProfiles = Number(row.new_profiles);
  const changedProfiles = Number(row.changed_profiles);
  return { newProfiles, changedProfiles, unchangedProfiles: totalRows - newProfiles - changedProfiles };
}
