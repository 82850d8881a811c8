import { ConnectionReset } from "./faults/connection-reset.ts";
import type { Fault } from "./faults/fault.ts";
import { FaultPlan } from "./faults/fault-plan.ts";
import { faultResponse } from "./faults/fault-response.ts";
import { faultedBody } from "./faults/faulted-body.ts";
import { faultedPage } from "./faults/faulted-page.ts";
import { rotated } from "./profiles/profile-list.ts";
import { SimulatedProfiles } from "./profiles/simulated-profiles.ts";
import { bodyStream } from "./requests/body-stream.ts";
import { pageBody, RESULTS } from "./requests/page-body.ts";
import { type AdmittedQuery, QueryLimits } from "./requests/query-limits.ts";
import { authorize, type RequestedPage, readRequest } from "./requests/read-request.ts";
import { jsonResponse, Refusal } from "./requests/refusal.ts";
import { type OpenRecord, RequestLog } from "./requests/request-log.ts";
import { type SessionPlan, SessionStore, type SimulatedSession, uncached } from "./requests/session-store.ts";
import { hash, SeededRandom } from "./seeded-random.ts";
import type { SimulatorSettings } from "./simulator-options.ts";
import { wait, waitForAbort } from "./wait.ts";

// These never reach the query engine: no latency, and not counted toward the hour.
const TURNED_AWAY = [401, 402, 429];

/** One project with its profiles, sessions and limits: a request in, a response out. */
export class SimulatedProject {
  readonly log = new RequestLog();
  readonly limits: QueryLimits;
  readonly #settings: SimulatorSettings;
  readonly #profiles: SimulatedProfiles;
  readonly #sessions: SessionStore;
  readonly #faults: FaultPlan;
  readonly #attempts = new Map<number, number>();

  constructor(settings: SimulatorSettings) {
    this.#settings = settings;
    this.limits = new QueryLimits(settings.concurrentQueries, settings.hourlyQueries);
    this.#profiles = new SimulatedProfiles(settings);
    this.#sessions = new SessionStore(settings.seed, settings.sessionLifetime);
    this.#faults = new FaultPlan(settings.faults, settings.seed);
  }

  /** Rejects with the signal's reason, or with a {@link ConnectionReset}. */
  async answer(request: Request): Promise<Response> {
    request.signal.throwIfAborted();
    const record = this.log.begin(request);
    let admitted: AdmittedQuery | undefined;
    const end = () => {
      this.log.end(request);
      admitted?.end();
    };
    try {
      await readForm(request, record);
      authorize(request, this.#settings);
      admitted = this.limits.admit(record.sessionId !== undefined);
      const response = await this.#serve(request, record, end);
      record.status = response.status;
      if (TURNED_AWAY.includes(response.status)) admitted.uncount();
      return response;
    } catch (error) {
      end();
      if (!(error instanceof Refusal)) throw error;
      record.status = error.status;
      return error.toResponse();
    }
  }

  async #serve(request: Request, record: OpenRecord, end: () => void): Promise<Response> {
    const query = readRequest(request, record.form);
    const session = query.sessionId === undefined ? undefined : this.#sessions.find(query.sessionId, query);
    const plan = session ?? this.#plan(query);
    const { page, sessionId } = query;
    const attempt = this.#countAttempt(page);
    const lastPage = Math.max(0, Math.ceil(plan.profiles.length / plan.pageSize) - 1);
    const fault = this.#faults.choose({ page, lastPage, attempt, sessionId, form: record.form });
    record.fault = fault?.kind;
    if (fault?.kind === "hang") return waitForAbort(request.signal);
    if (!turnedAway(fault)) {
      record.latency = this.#latency(page, attempt);
      await wait(record.latency, request.signal);
      this.log.servedLatency += record.latency;
    }
    const standIn = this.#standIn(fault, query);
    if (standIn !== undefined) {
      end();
      return standIn;
    }
    return this.#page(request, query, session ?? this.#sessions.begin(plan), fault, end);
  }

  #plan(query: RequestedPage): SessionPlan {
    const { pageSize, maxPageSize, reorder, seed } = this.#settings;
    const profiles = this.#profiles.select(query);
    const { begun } = this.#sessions;
    return {
      identity: query.identity,
      pageSize: Math.min(query.pageSize ?? pageSize, maxPageSize),
      profiles: reorder && begun > 0 ? rotated(profiles, hash(seed, begun)) : profiles,
    };
  }

  /** What comes instead of the page; undefined where the page comes. */
  #standIn(fault: Fault | undefined, { sessionId, identity }: RequestedPage): Response | undefined {
    switch (fault?.kind) {
      case "response":
        return faultResponse(fault);
      case "rate-limit":
        return this.limits.refusal(fault).toResponse();
      case "timeout":
        throw new Refusal(400, "Timeout Error.");
      case "reset":
        throw new ConnectionReset(fault.during ?? "request");
      case "lost-session":
        if (sessionId === undefined) return undefined;
        this.#sessions.forget(sessionId);
        throw uncached(identity);
      default:
        return undefined;
    }
  }

  #page(
    request: Request,
    query: RequestedPage,
    session: SimulatedSession,
    fault: Fault | undefined,
    end: () => void,
  ): Response {
    if (fault?.kind === "lost-session") this.#sessions.forget(session.id);
    const { page } = query;
    const { id, pageSize, profiles } = session;
    const total = profiles.length;
    const members = { page, page_size: pageSize, session_id: id, status: "ok", total, results: RESULTS };
    const first = Math.min(page * pageSize, total);
    const whole = { members, profiles, begin: first, end: Math.min(first + pageSize, total) };
    const { chunks, ending } = faultedBody(pageBody(faultedPage(whole, fault)), fault);
    return jsonResponse(200, bodyStream(chunks, { ending, signal: request.signal, onEnd: end }));
  }

  #countAttempt(page: number): number {
    const attempt = (this.#attempts.get(page) ?? 0) + 1;
    this.#attempts.set(page, attempt);
    return attempt;
  }

  #latency(page: number, attempt: number): number {
    const { latency, jitter, seed } = this.#settings;
    const stray = 2 * new SeededRandom(hash(seed, page), attempt).fraction() - 1;
    return Math.round(latency * (1 + jitter * stray));
  }
}

function turnedAway(fault: Fault | undefined): boolean {
  return fault?.kind === "rate-limit" || (fault?.kind === "response" && TURNED_AWAY.includes(fault.status ?? 200));
}

async function readForm(request: Request, record: OpenRecord): Promise<void> {
  const form = Object.fromEntries(new URLSearchParams(await request.text()));
  record.form = form;
  record.sessionId = form.session_id || undefined;
  record.page = /^\d+$/.test(form.page ?? "0") ? Number(form.page ?? 0) : undefined;
}
