/** A request as the API sees it. */
export interface EngageCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly form: URLSearchParams;
  readonly page: number;
  readonly sessionId: string | null;
  /** The how-manieth request for its page. */
  readonly nth: number;
  readonly signal: AbortSignal;
}

export interface FakeEngage {
  readonly fetch: typeof globalThis.fetch;
  readonly calls: readonly EngageCall[];
  /** The pages asked for, in order. */
  readonly pages: readonly number[];
  /** Requests that have had no response. */
  readonly inFlight: number;
  readonly peakInFlight: number;
}

/** Answers a request; undefined leaves it to the next in line. */
export type Answer = (call: EngageCall) => Response | Promise<Response> | undefined;

/** Credentials that are easily found where they should not be. */
export const ACCOUNT = { username: "who.1a2b.mp-service-account", secret: "S3cret-that/stays+here" };

/** What every call of `profilePages()` needs. */
export const PROJECT = { projectId: 1234567, serviceAccount: ACCOUNT };

/** A `fetch` that answers by itself, as quickly as it can; an abort rejects with the signal's reason. */
export function fakeEngage(...answers: Answer[]): FakeEngage {
  const calls: EngageCall[] = [];
  // A signal that follows another one falls silent when its request is collected.
  const requests: unknown[] = [];
  let inFlight = 0;
  let peakInFlight = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    inFlight += 1;
    peakInFlight = Math.max(peakInFlight, inFlight);
    try {
      const request = new Request(input, init);
      requests.push(input, request);
      request.signal.throwIfAborted();
      const call = await callOf(request, calls);
      const answer = answerOf(answers, call);
      return await orAbort(answer, call.signal);
    } finally {
      inFlight -= 1;
    }
  };
  return {
    fetch,
    calls,
    get pages() {
      return calls.map(({ page }) => page);
    },
    get inFlight() {
      return inFlight;
    },
    get peakInFlight() {
      return peakInFlight;
    },
  };
}

/** A project of `total` profiles, `id-0` and so on. */
export function serves(total: number, pageSize = 2, text = profile): Answer {
  return ({ page }) => jsonResponse(projectPage(page, total, pageSize, text));
}

/** The text of a page of that project. */
export function projectPage(page: number, total: number, pageSize = 2, text = profile): string {
  const from = page * pageSize;
  const length = Math.max(0, Math.min(pageSize, total - from));
  const profiles = Array.from({ length }, (_, index) => text(from + index));
  return pageText(profiles, { page, total, page_size: pageSize });
}

/** Answers one page, as often as it is asked for or for its first `times` requests. */
export function onPage(page: number, answer: Answer, times = Number.POSITIVE_INFINITY): Answer {
  return (call) => (call.page === page && call.nth <= times ? answer(call) : undefined);
}

/** The text of a profile. */
export function profile(index: number): string {
  return `{"$distinct_id":"id-${index}","$properties":{"n":${index}}}`;
}

/** A page; a head member that is undefined is left out. */
export function pageText(profiles: readonly string[], head: Readonly<Record<string, unknown>> = {}): string {
  const members = { page_size: 2, session_id: "session-1", status: "ok", total: profiles.length, ...head };
  return `${JSON.stringify(members).slice(0, -1)},"results":[${profiles.join(",")}]}`;
}

export function pageResponse(profiles: readonly string[], head?: Readonly<Record<string, unknown>>): Response {
  return jsonResponse(pageText(profiles, head));
}

function jsonResponse(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json" } });
}

/** Never answers. */
export function hangs(): Promise<Response> {
  return new Promise(() => {});
}

/** Reads a request and adds it to the calls. */
export async function callOf(request: Request, calls: EngageCall[]): Promise<EngageCall> {
  const { headers, method, signal } = request;
  const body = await request.text();
  const form = new URLSearchParams(body);
  const page = Number(form.get("page"));
  const nth = calls.filter((call) => call.page === page).length + 1;
  const sessionId = form.get("session_id");
  const call = { url: new URL(request.url), method, headers, body, form, page, sessionId, nth, signal };
  calls.push(call);
  return call;
}

function answerOf(answers: readonly Answer[], call: EngageCall): Response | Promise<Response> {
  for (const answer of answers) {
    const response = answer(call);
    if (response !== undefined) return response;
  }
  throw new Error(`Nobody answers page ${call.page}`);
}

async function orAbort(answer: Response | Promise<Response>, signal: AbortSignal): Promise<Response> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([answer, aborted]);
}
