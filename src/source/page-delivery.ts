import type { OnWarning } from "../engage-warning.ts";
import { type EngageProfile, engageProfile } from "../page/engage-profile.ts";
import type { ExportSession, PageResult } from "../page/page-result.ts";
import { AnswerChanges } from "./answer-changes.ts";
import type { Load } from "./page-loader.ts";
import { withinLimit } from "./page-plan.ts";

/** Makes what flows of what was loaded, page by page in order, and says what a person should know of it. */
export class PageDelivery {
  readonly #changes: AnswerChanges;

  constructor(warn: OnWarning) {
    this.#changes = new AnswerChanges(warn);
  }

  result(session: ExportSession, pageIndex: number, load: Load): PageResult<EngageProfile> {
    const { attempts } = load;
    if ("error" in load) return { status: "failed", session, pageIndex, attempts, error: load.error };
    const { head, profiles } = load.page;
    const profileCount = Math.max(0, Math.min(profiles.length, withinLimit(session, pageIndex)));
    const rows = Array.from({ length: profileCount }, (_, index) => engageProfile(profiles, index));
    const sessionChanged = this.#changes.compare(session, pageIndex, head);
    return {
      status: "loaded",
      session,
      pageIndex,
      attempts,
      rows,
      profileCount,
      ...(sessionChanged && { sessionChanged }),
    };
  }
}
