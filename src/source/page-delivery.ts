import type { OnWarning } from "../engage-warning.ts";
import { type EngageProfile, engageProfile } from "../page/engage-profile.ts";
import type { ExportSession, PageResult } from "../page/page-result.ts";
import { AnswerChanges } from "./answer-changes.ts";
import { InvalidProfiles, type OnInvalidProfile } from "./invalid-profiles.ts";
import type { Load } from "./page-loader.ts";
import { profileCountOf, withinLimit } from "./page-plan.ts";

/** Makes what flows of what was loaded, page by page in order, and says what a person should know of it. */
export class PageDelivery {
  readonly #changes: AnswerChanges;
  readonly #invalid: InvalidProfiles;

  constructor(warn: OnWarning, onInvalidProfile?: OnInvalidProfile) {
    this.#changes = new AnswerChanges(warn);
    this.#invalid = new InvalidProfiles(warn, onInvalidProfile);
  }

  async result(session: ExportSession, pageIndex: number, load: Load): Promise<PageResult<EngageProfile>> {
    const { attempts } = load;
    if ("error" in load) return { status: "failed", session, pageIndex, attempts, error: load.error };
    const { head, profiles } = load.page;
    const limit = Math.max(0, withinLimit(session, pageIndex));
    const profileCount = Math.min(profileCountOf(load.page), limit);
    // Copied, since those who keep them would keep the bytes of the whole page alive.
    const invalid = load.page.invalid
      .filter(({ profileIndex }) => profileIndex < limit)
      .map((profile) => ({ ...profile, bytes: profile.bytes.slice() }));
    const rows = Array.from({ length: profileCount - invalid.length }, (_, index) => engageProfile(profiles, index));
    const sessionChanged = this.#changes.compare(session, pageIndex, head);
    const invalidTaken = await this.#invalid.handOver(pageIndex, invalid);
    return {
      status: "loaded",
      session,
      pageIndex,
      attempts,
      rows,
      profileCount,
      ...(invalid.length > 0 && { invalid, invalidTaken }),
      ...(sessionChanged && { sessionChanged }),
    };
  }

  /** Says what is left to say when no more pages come. */
  end(): void {
    this.#invalid.end();
  }
}
