import { EngageError } from "../engage-error.ts";
import type { EffectiveQuery } from "../page/page-result.ts";
import { SLICES, textOfToken } from "../page/page-slices.ts";
import type { WholePage } from "./request/engage-client.ts";

/**
 * Makes sure that the filter of an update was applied: if it was not, an answer may lack what has changed as well.
 *
 * @throws {EngageError} `bad-response`
 */
export function checkUpdated({ profiles }: WholePage, { updatedSince }: EffectiveQuery, pageIndex: number): void {
  if (updatedSince === undefined) return;
  for (let index = 0; index < profiles.length; index++) {
    const token = profiles.text(index, SLICES.lastSeen);
    if (token === undefined || textOfToken(token) >= updatedSince) continue;
    const message = `Cannot fetch only the changed profiles, Mixpanel sent an older one, so it did not apply the filter; export all profiles instead (page ${pageIndex}): ${updatedSince}`;
    throw new EngageError("bad-response", message, { pageIndex });
  }
}
