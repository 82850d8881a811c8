import { optionError } from "../option.ts";
import { ndjsonLines } from "./ndjson-lines.ts";
import type { ProfileRow } from "./profile-row.ts";
import { rawLines } from "./raw-lines.ts";

/** How NDJSON writes a profile. */
export interface LineOptions {
  /**
   * Lines as the API sent them, `{"$distinct_id":…,"$properties":{…}}`, as Mixpanel's own importers read them.
   * @default false
   */
  readonly raw?: boolean | undefined;
}

/** Makes lines of rows. */
export type ProfileLines = (rows: readonly ProfileRow[]) => Uint8Array<ArrayBuffer>;

/**
 * What makes lines of rows.
 *
 * @throws {EngageError} `usage`
 */
export function profileLines({ raw = false }: LineOptions): ProfileLines {
  if (typeof raw !== "boolean") throw optionError("write lines", "raw", "must be true or false", raw);
  return raw ? rawLines : ndjsonLines;
}
