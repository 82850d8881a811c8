import { clock } from "../clock.ts";
import { EngageError } from "../engage-error.ts";
import { guarded } from "../engage-warning.ts";
import { RequestGate } from "./pace/request-gate.ts";
import { retryVerdict } from "./pace/retry-policy.ts";
import { waitAnnouncer } from "./pace/wait-announcer.ts";
import type { ProfilePagesOptions } from "./profile-pages.ts";
import { engageRequest } from "./query/engage-request.ts";
import { authorization } from "./request/authorization.ts";
import { EngageFailure } from "./request/engage-failure.ts";
import { fetchSettings } from "./request/fetch-settings.ts";
import { sendRequest } from "./request/send-request.ts";

/** A saved selection of profiles. */
export interface Cohort {
  readonly id: number;
  readonly name: string;
  /** Profiles in it, or null when Mixpanel does not say. */
  readonly count: number | null;
}

const decoder = new TextDecoder();

/**
 * The cohorts of a project, by one query, which Mixpanel counts toward the hour. It is repeated as a page is.
 *
 * @param options the account, the address and how requests are sent; what a query asks for is left out
 * @throws {EngageError}
 */
export async function listCohorts(options: ProfilePagesOptions): Promise<readonly Cohort[]> {
  const { projectId, workspaceId, region, baseUrl, signal = new AbortController().signal, fetch } = options;
  const warn = guarded(options.onWarning);
  const auth = authorization(options);
  const { url } = engageRequest({ projectId, workspaceId, region, baseUrl }, { redact: auth.redact });
  const { maxRetries, maxWait, timeout, maxPageBytes } = fetchSettings(options, warn);
  const onWait = waitAnnouncer(warn);
  const gate = new RequestGate({ concurrency: 1, maxWait, onWait, warn });
  const sent = {
    url: url.replace("/api/query/engage?", "/api/query/cohorts/list?"),
    form: new URLSearchParams(),
    subject: "the list of cohorts",
  };
  let notBefore = 0;
  for (let faults = 0; ; ) {
    const pass = await gate.enter(0, notBefore, signal);
    try {
      const { bytes } = await sendRequest(sent, { auth, timeout, maxPageBytes, fetch }, signal);
      const cohorts = cohortsOf(bytes);
      pass.succeed();
      return cohorts;
    } catch (error) {
      if (!(error instanceof EngageFailure)) throw error;
      if (error.rateLimit === undefined) {
        pass.fail();
        faults += 1;
      } else {
        notBefore = pass.rateLimited(error.rateLimit);
      }
      const verdict = retryVerdict(error, { faults, maxRetries, maxWait, random: Math.random() });
      if (verdict.action === "end" || verdict.action === "give-up") throw error.error;
      if (verdict.action === "repeat") {
        notBefore = clock.now() + verdict.after;
        onWait(notBefore, "repeat");
      }
    }
  }
}

function cohortsOf(bytes: Uint8Array): readonly Cohort[] {
  let list: unknown;
  try {
    list = JSON.parse(decoder.decode(bytes));
  } catch {
    throw noList("it is no JSON");
  }
  if (!Array.isArray(list)) throw noList("it is no array");
  return list.map((item: unknown) => {
    const { id, name, count } = Object(item) as Readonly<Record<string, unknown>>;
    if (!Number.isSafeInteger(id) || typeof name !== "string") throw noList("an entry has no id or no name");
    return { id: id as number, name, count: typeof count === "number" ? count : null };
  });
}

function noList(problem: string): EngageFailure {
  return new EngageFailure(new EngageError("bad-response", `Mixpanel's answer is no list of cohorts, ${problem}`));
}
