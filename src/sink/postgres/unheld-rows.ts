import type { ProfileRow } from "../../page/profile-row.ts";
import { ProfileColumns } from "../columns/profile-columns.ts";

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_0 = 0x30;

/** Whether every row is as it came, and nothing in it would fail when it is read: what is not gets looked at one by one. */
export function holdsAll(columns: ProfileColumns): boolean {
  return reasonIn(columns) === undefined;
}

/**
 * Why Postgres cannot hold a profile, or undefined if it can. The type `json` takes any escape; but a single U+0000 or lone
 * surrogate makes `->>` fail for the whole table.
 */
export function unheldReason(row: ProfileRow): string | undefined {
  return reasonIn(new ProfileColumns().fill([row]));
}

function reasonIn({ distinctIds, properties, surrogates }: ProfileColumns): string | undefined {
  if (surrogates > 0) return "it holds a lone surrogate, which Postgres cannot store";
  if (distinctIds.bytes.includes(0) || holdsNul(properties.bytes))
    return "it holds U+0000, which Postgres cannot store";
  return undefined;
}

/** Whether valid JSON holds the escape of U+0000; the character itself it cannot hold. */
function holdsNul(json: Uint8Array): boolean {
  // Every escape is passed whole, so the second backslash of `\\` begins none.
  for (let at = json.indexOf(BACKSLASH); at !== -1; at = json.indexOf(BACKSLASH, at + 2)) {
    if (json[at + 1] === LETTER_U && [2, 3, 4, 5].every((digit) => json[at + digit] === DIGIT_0)) return true;
  }
  return false;
}
