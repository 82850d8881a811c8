import type { ProfileRow } from "../profile-row.ts";
import { parseLastSeen } from "./parse-last-seen.ts";
import { replaceLoneSurrogates, replaceSurrogateUnits } from "./replace-lone-surrogates.ts";

/** A profile as the table holds it. */
export interface TableRow {
  readonly distinctId: string;
  /** Microseconds since the epoch. */
  readonly lastSeen: bigint | null;
  readonly properties: string;
}

/** The profiles of a page that go into the table, and what became of the others. */
export interface TableRows {
  readonly rows: readonly TableRow[];
  readonly withoutId: number;
  readonly surrogates: number;
}

/** What a table holds of `profiles`. */
export function tableRows(profiles: readonly ProfileRow[]): TableRows {
  const rows: TableRow[] = [];
  let surrogates = 0;
  for (const profile of profiles) {
    const id = profile.distinctId;
    if (id === null) continue;
    const sent = profile.lastSeen;
    const lastSeen = sent === null ? undefined : parseLastSeen(sent);
    const json = profile.propertiesJson;
    const distinctId = replaceSurrogateUnits(id);
    const properties = replaceLoneSurrogates(sent === null || lastSeen !== undefined ? json : withLastSeen(json, sent));
    surrogates += distinctId.count + properties.count;
    rows.push({ distinctId: distinctId.text, lastSeen: lastSeen ?? null, properties: properties.text });
  }
  return { rows, withoutId: profiles.length - rows.length, surrogates };
}

/** The last of each id, in the order of their first. */
export function lastOfEachId(rows: readonly TableRow[]): readonly TableRow[] {
  return [...new Map(rows.map((row) => [row.distinctId, row])).values()];
}

/** A `$last_seen` that is no date-time, put back where it came from. */
function withLastSeen(json: string, lastSeen: string): string {
  const members = json.slice(0, json.lastIndexOf("}")).trimEnd();
  return `${members}${members.endsWith("{") ? "" : ","}"$last_seen":${JSON.stringify(lastSeen)}}`;
}
