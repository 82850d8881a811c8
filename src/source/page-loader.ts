import { clock } from "../clock.ts";
import { EngageError } from "../engage-error.ts";
import type { EffectiveQuery, ExportSession, InvalidProfile } from "../page/page-result.ts";
import type { Pass, RequestGate } from "./pace/request-gate.ts";
import { retryVerdict } from "./pace/retry-policy.ts";
import { expectedProfiles, isLastPage, profileCountOf, sessionOf, withinLimit } from "./page-plan.ts";
import type { EngageClient, WholePage } from "./request/engage-client.ts";
import { EngageFailure } from "./request/engage-failure.ts";

interface LoaderOptions {
  readonly client: EngageClient;
  readonly gate: RequestGate;
  readonly query: EffectiveQuery;
  readonly maxRetries: number;
  readonly maxWait: number;
  /** Hears of each wait for a repeat, with the time it ends by the clock. */
  readonly onWait: (until: number, reason: "repeat") => void;
}

interface Loaded {
  readonly page: WholePage;
  readonly session: ExportSession;
}

/** What came of a page: the page, or the error after which it was given up. */
export type Load = { readonly attempts: number } & (Loaded | { readonly error: EngageError });

/** Asks for a page until it is whole or given up. */
export class PageLoader {
  readonly #options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * @param session undefined for page 0, which makes one
   * @param onRepeat called when the page will be asked for again
   * @throws {EngageError} if every further page is pointless; the signal's reason if that is aborted
   */
  async load(
    pageIndex: number,
    session: ExportSession | undefined,
    signal: AbortSignal,
    onRepeat: () => void = () => {},
  ): Promise<Load> {
    const { client, gate, query, maxRetries, maxWait, onWait } = this.#options;
    let faults = 0;
    let notBefore = 0;
    // The best one so far that is short or holds invalid profiles.
    let kept: Loaded | undefined;
    for (let attempts = 1; ; attempts++) {
      const pass = await gate.enter(pageIndex, notBefore, signal);
      try {
        const page = await client.page(pageIndex, session?.sessionId, signal);
        const loaded = { page, session: session ?? sessionOf(page, query) };
        const flaw = flawOf(loaded, pageIndex);
        if (flaw !== undefined) throw flaw;
        const isTaken = maxRetries === 0 || isWhole(loaded, pageIndex);
        const previous = kept;
        kept = isTaken ? loaded : better(kept, loaded);
        if (!isTaken && previous && isDamagedOtherwise(previous.page, page)) throw damaged(pageIndex);
        pass.succeed();
        // Once more: what a page leaves out it may hold a moment later, and damage may have come on the way.
        if (isTaken || previous !== undefined) return { ...kept, attempts };
        notBefore = 0;
      } catch (error) {
        if (!(error instanceof EngageFailure)) throw error;
        notBefore = leave(pass, error);
        if (error.rateLimit === undefined) faults += 1;
        const verdict = retryVerdict(error, { faults, maxRetries, maxWait, random: Math.random() });
        if (verdict.action === "end") throw error.error;
        if (verdict.action === "give-up") return { attempts, ...(kept ?? { error: error.error }) };
        if (verdict.action === "repeat") {
          notBefore = clock.now() + verdict.after;
          onWait(notBefore, "repeat");
        }
      }
      onRepeat();
    }
  }
}

/** @returns the time by the clock before which the gate wants no repeat */
function leave(pass: Pass, { rateLimit }: EngageFailure): number {
  if (rateLimit !== undefined) return pass.rateLimited(rateLimit);
  pass.fail();
  return 0;
}

/** Why a page that is one cannot be taken, or undefined. */
function flawOf({ page, session }: Loaded, pageIndex: number): EngageFailure | undefined {
  const { page: said } = page.head;
  if (said !== undefined && said !== null && said !== pageIndex && said !== String(pageIndex)) {
    return badPage(pageIndex, `It says that it is ${typeof said === "number" ? `page ${said}` : "another page"}`);
  }
  const count = profileCountOf(page);
  const expected = expectedProfiles(session, pageIndex) ?? 0;
  if (count === 0 && expected > 0) {
    return badPage(pageIndex, `It is empty, though ${expected} of ${session.total} profiles are due`);
  }
  if (session.sessionId === undefined && !isLastPage(session, pageIndex, count)) {
    return badPage(pageIndex, "It names no session, though more pages are due");
  }
  return undefined;
}

function badPage(pageIndex: number, problem: string): EngageFailure {
  const message = `Mixpanel's answer is not the page that was asked for (page ${pageIndex}). ${problem}`;
  return new EngageFailure(new EngageError("bad-response", message, { pageIndex }));
}

function isWhole({ page, session }: Loaded, pageIndex: number): boolean {
  const limit = withinLimit(session, pageIndex);
  const isValid = page.invalid.every(({ profileIndex }) => profileIndex >= limit);
  return isValid && profileCountOf(page) >= (expectedProfiles(session, pageIndex) ?? 0);
}

/** Whether both hold invalid profiles, and not the same ones: then the server did not send them so. */
function isDamagedOtherwise({ invalid: before }: WholePage, { invalid: now }: WholePage): boolean {
  if (before.length === 0 || now.length === 0) return false;
  return before.length !== now.length || now.some((profile, nth) => !isSame(profile, before[nth]));
}

function isSame(one: InvalidProfile, other: InvalidProfile | undefined): boolean {
  if (one.profileIndex !== other?.profileIndex || one.bytes.length !== other.bytes.length) return false;
  return one.bytes.every((byte, at) => byte === other.bytes[at]);
}

function damaged(pageIndex: number): EngageFailure {
  return badPage(pageIndex, "Its profiles are damaged at other places each time");
}

/** The one with more valid profiles; the later one if they have as many. */
function better(one: Loaded | undefined, other: Loaded): Loaded {
  return one !== undefined && one.page.profiles.length > other.page.profiles.length ? one : other;
}
