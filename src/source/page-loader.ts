import { clock } from "../clock.ts";
import { EngageError } from "../engage-error.ts";
import type { EffectiveQuery, ExportSession } from "../page/page-result.ts";
import type { Pass, RequestGate } from "./pace/request-gate.ts";
import { retryVerdict } from "./pace/retry-policy.ts";
import { expectedProfiles, isLastPage, sessionOf } from "./page-plan.ts";
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

/** What came of a page: whole, or the error after which it was given up. */
export type Load = { readonly attempts: number } & (
  | { readonly page: WholePage; readonly session: ExportSession }
  | { readonly error: EngageError }
);

/** Asks for a page until it is whole or given up. */
export class PageLoader {
  readonly #options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * @param session undefined for page 0, which makes one
   * @param onRepeat called when the page will be asked for again
   * @throws {EngageError} where every further page is pointless; the signal's reason where that is aborted
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
    let short: { page: WholePage; session: ExportSession } | undefined;
    for (let attempts = 1; ; attempts++) {
      const pass = await gate.enter(pageIndex, notBefore, signal);
      try {
        const page = await client.page(pageIndex, session?.sessionId, signal);
        const loaded = { page, session: session ?? sessionOf(page.head, query) };
        const flaw = flawOf(loaded.page, loaded.session, pageIndex);
        if (flaw !== undefined) throw flaw;
        pass.succeed();
        const whole = page.profiles.length >= (expectedProfiles(loaded.session, pageIndex) ?? 0);
        if (whole || maxRetries === 0) return { ...loaded, attempts };
        // Once more: what a page leaves out it may hold a moment later.
        if (short !== undefined) return { ...longer(short, loaded), attempts };
        short = loaded;
        notBefore = 0;
      } catch (error) {
        if (!(error instanceof EngageFailure)) throw error;
        notBefore = leave(pass, error);
        if (error.rateLimit === undefined) faults += 1;
        const verdict = retryVerdict(error, { faults, maxRetries, maxWait, random: Math.random() });
        if (verdict.action === "end") throw error.error;
        if (verdict.action === "give-up") return { attempts, ...(short ?? { error: error.error }) };
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
function flawOf({ head, profiles }: WholePage, session: ExportSession, pageIndex: number): EngageFailure | undefined {
  if (head.page !== undefined && head.page !== null && String(head.page) !== String(pageIndex)) {
    return badPage(
      pageIndex,
      `It says that it is ${typeof head.page === "number" ? `page ${head.page}` : "another page"}`,
    );
  }
  const expected = expectedProfiles(session, pageIndex) ?? 0;
  if (profiles.length === 0 && expected > 0) {
    return badPage(pageIndex, `It is empty, though ${expected} of ${session.total} profiles are due`);
  }
  if (session.sessionId === undefined && !isLastPage(session, pageIndex, profiles.length)) {
    return badPage(pageIndex, "It names no session, though more pages are due");
  }
  return undefined;
}

function badPage(pageIndex: number, problem: string): EngageFailure {
  const message = `Mixpanel's answer is not the page that was asked for (page ${pageIndex}). ${problem}`;
  return new EngageFailure(new EngageError("bad-response", message, { pageIndex }));
}

function longer<T extends { readonly page: WholePage }>(one: T, other: T): T {
  return one.page.profiles.length > other.page.profiles.length ? one : other;
}
