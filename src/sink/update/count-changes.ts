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

/** SQL that counts what an update is about to change: the load table against the target. */
export function countBeforeUpsert({ target, loading }: ChangeTables, loadedAsText = asText): string {
  return counts(
    "old.distinct_id IS NOT NULL",
    `${loading} AS new LEFT JOIN ${target} AS old ON old.distinct_id = new.distinct_id`,
    loadedAsText,
  );
}

/** SQL that counts what an update has changed: the target against the rows that were there before. */
export function countAfterUpsert({ target, before }: ChangeTables): string {
  return counts("old.existed", `${before} AS old JOIN ${target} AS new ON new.distinct_id = old.distinct_id`, asText);
}

function counts(existed: string, from: string, newAsText: AsText): string {
  const isSame = `(old.last_seen IS NOT DISTINCT FROM new.last_seen
    AND ${asText("old.properties")} IS NOT DISTINCT FROM ${newAsText("new.properties")})`;
  return `SELECT count(*) FILTER (WHERE NOT ${existed}) AS new_profiles,
      count(*) FILTER (WHERE ${existed} AND NOT ${isSame}) AS changed_profiles,
      count(*) FILTER (WHERE ${existed} AND ${isSame}) AS unchanged_profiles
    FROM ${from}`;
}

/** What such a query has found; undefined if the row is of another statement. */
export function changeCounts(row: Readonly<Record<string, unknown>> | undefined): ChangeCounts | undefined {
  if (row?.new_profiles === undefined) return undefined;
  return {
    newProfiles: Number(row.new_profiles),
    changedProfiles: Number(row.changed_profiles),
    unchangedProfiles: Number(row.unchanged_profiles),
  };
}
