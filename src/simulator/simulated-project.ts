import type { Fault } from "./faults/fault.ts";
import { FaultPlan } from "./faults/fault-plan.ts";
import { faultedBody } from "./faults/faulted-body.ts";
import { faultedPage } from "./faults/faulted-page.ts";
import { standIn } from "./faults/stand-in.ts";
import { rotated } from "./profiles/profile-list.ts";
import { SimulatedProfiles } from "./profiles/simulated-profiles.ts";
import { authorize } from "./requests/authorize.ts";
import { bodyStream } from "./requests/body-stream.ts";
import { cohortsList } from "./requests/cohorts-list.ts";
import { pageBody } from "./requests/page-body.ts";
import { type AdmittedQuery, QueryLimits } from "./requests/query-limits.ts";
import { type RequestedPage, readRequest } from "./requests/read-request.ts";
import { jsonResponse, Refusal } from "./requests/refusal.ts";
import { type OpenRecord, RequestLog } from "./requests/request-log.ts";
import { type SessionPlan, SessionStore, type SimulatedSession, uncached } from "./requests/session-store.ts";
import { hash, SeededRandom } from "./seeded-random.ts";
import type { SimulatorSettings } from "./simulator-options.ts";
import { wait, waitForAbort } from "./wait.ts";

// These never reach the query engine: no latency, and not counted toward the hour.
const TURNED_AWAY = [401, 402, 429];
/** Longer than Node's own `fetch` waits for headers. */
const LATE = 330_000;

/** A request that was let in, and what has to happen at its end. */
interface Exchange {
  readonly request: Request;
  readonly record: OpenRecord;
  /** Once, when the response has been sent or nobody waits for it. */
  readonly onEnd: () => void;
}

/** One project with its profiles, sessions and limits: a request in, a response out. */
export class SimulatedProject {
  readonly log = new RequestLog();
  readonly limits: QueryLimits;
  readonly profiles: SimulatedProfiles;
  readonly #settings: SimulatorSettings;
  readonly #sessions: SessionStore;
  readonly #faults: FaultPlan;
  readonly #attempts = new Map<number, number>();

  constructor(settings: SimulatorSettings) {
    this.#settings = settings;
    this.limits = new QueryLimits(settings.concurrentQueries, settings.hourlyQueries);
    this.profiles = new SimulatedProfiles(settings);
    this.#sessions = new SessionStore(settings.seed, settings.sessionLifetime);
    this.#faults = new FaultPlan(settings.faults, settings.seed);
  }

  /** Rejects with the signal's reason, or with a {@link ConnectionReset}. */
  async answer(request: Request): Promise<Response> {
    const response = await this.#answer(request);
    if (!response.headers.has("Date")) response.headers.set("Date", new Date(this.#settings.now()).toUTCString());
    return response;
  }

  async #answer(request: Request): Promise<Response> {
    request.signal.throwIfAborted();
    const record = this.log.begin(request);
    let admitted: AdmittedQuery | undefined;
    const onEnd = () => {
      this.log.end(request);
      admitted?.end();
    };
    try {
      await readForm(request, record);
      const endpoint = authorize(request, this.#settings);
      admitted = this.limits.admit(record.sessionId !== undefined);
      const exchange = { request, record, onEnd };
      const response = await (endpoint === "profiles" ? this.#page(exchange) : this.#cohorts(exchange));
      record.status = response.status;
      if (TURNED_AWAY.includes(response.status)) admitted.uncount();
      return response;
    } catch (error) {
      onEnd();
      if (!(error instanceof Refusal)) throw error;
      record.status = error.status;
      if (TURNED_AWAY.includes(error.status)) admitted?.uncount();
      return error.toResponse();
    }
  }

  async #cohorts({ request, record, onEnd }: Exchange): Promise<Response> {
    record.page = undefined;
    await this.#delay(this.#latency(0, this.log.count), record, request.signal);
    const { cohorts, projectId } = this.#settings;
    const response = await cohortsList(cohorts, projectId, this.profiles);
    onEnd();
    return response;
  }

  async #page(exchange: Exchange): Promise<Response> {
    const { request, record } = exchange;
    const query = readRequest(request, record.form);
    const session = query.sessionId === undefined ? undefined : this.#sessions.find(query.sessionId, query);
    const plan = session ?? (await this.#plan(query));
    const { page, sessionId } = query;
    const attempt = this.#countAttempt(page);
    const lastPage = Math.max(0, Math.ceil(plan.profiles.length / plan.pageSize) - 1);
    const fault = this.#faults.choose({ page, lastPage, attempt, sessionId, form: record.form });
    record.fault = fault?.kind;
    if (fault?.kind === "hang") return waitForAbort(request.signal);
    if (!turnedAway(fault)) {
      const late = fault?.kind === "late-headers" ? (fault.delay ?? LATE) : 0;
      await this.#delay(this.#latency(page, attempt) + late, record, request.signal);
    }
    if (fault?.kind === "lost-session" && sessionId !== undefined) {
      this.#sessions.forget(sessionId);
      throw uncached(query.identity);
    }
    const instead = standIn(fault, { ...exchange, limits: this.limits });
    if (instead !== undefined) return instead;
    const found = session ?? this.#sessions.begin(plan);
    if (fault?.kind === "lost-session") this.#sessions.forget(found.id);
    return pageResponse(found, page, fault, exchange);
  }

  async #plan(query: RequestedPage): Promise<SessionPlan> {
    const { pageSize, maxPageSize, reorder, seed } = this.#settings;
    const profiles = await this.profiles.select(query);
    const { begun } = this.#sessions;
    return {
      identity: query.identity,
      pageSize: Math.min(query.pageSize ?? pageSize, maxPageSize),
      profiles: reorder && begun > 0 ? rotated(profiles, hash(seed, begun)) : profiles,
    };
  }

  async #delay(milliseconds: number, record: OpenRecord, signal: AbortSignal): Promise<void> {
    record.latency = milliseconds;
    await wait(milliseconds, signal);
    this.log.servedLatency += milliseconds;
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

function pageResponse(
  session: SimulatedSession,
  page: number,
  fault: Fault | undefined,
  { request, onEnd }: Exchange,
): Response {
  const body = faultedBody(pageBody(faultedPage(session, page, fault)), fault);
  const stream = bodyStream(body.chunks, { ...body, signal: request.signal, onEnd });
  if (fault?.kind !== "gzip-bomb" || !/\bgzip\b/.test(request.headers.get("Accept-Encoding") ?? "")) {
    return jsonResponse(200, stream);
  }
  return jsonResponse(200, stream.pipeThrough(new CompressionStream("gzip")), { "Content-Encoding": "gzip" });
}

function turnedAway(fault: Fault | undefined): boolean {
  if (fault?.kind === "echo-credentials") return TURNED_AWAY.includes(fault.status ?? 401);
  return fault?.kind === "rate-limit" || (fault?.kind === "response" && TURNED_AWAY.includes(fault.status ?? 200));
}

async function readForm(request: Request, record: OpenRecord): Promise<void> {
  const form = Object.fromEntries(new URLSearchParams(await request.text()));
  record.form = form;
  record.sessionId = form.session_id || undefined;
  record.page = /^\d+$/.test(form.page ?? "0") ? Number(form.page ?? 0) : undefined;
}
