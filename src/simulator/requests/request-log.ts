// A run of a million requests must not fill the memory.
const REQUESTS_KEPT = 10_000;

/** One request as the simulator saw it. */
export interface RequestRecord {
  readonly url: string;
  /** Undefined if it is no page number. */
  readonly page: number | undefined;
  readonly sessionId: string | undefined;
  /** The body's fields. */
  readonly form: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds it was made to wait. */
  readonly latency: number;
  /** Of the response; undefined before it and if there was none. */
  readonly status: number | undefined;
  /** The kind of fault that happened to it. */
  readonly fault: string | undefined;
}

export type OpenRecord = { -readonly [Name in keyof RequestRecord]: RequestRecord[Name] };

/** The newest requests, and how many were open at once. */
export class RequestLog {
  readonly records: RequestRecord[] = [];
  count = 0;
  peakInFlight = 0;
  servedLatency = 0;
  // The requests themselves: a signal derived from another is collected together with its request, and would stay silent.
  readonly #open = new Set<Request>();

  get inFlight(): number {
    return this.#open.size;
  }

  begin(request: Request): OpenRecord {
    this.#open.add(request);
    this.count += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#open.size);
    const record: OpenRecord = {
      url: request.url,
      page: undefined,
      sessionId: undefined,
      form: {},
      startedAt: Date.now(),
      latency: 0,
      status: undefined,
      fault: undefined,
    };
    this.records.push(record);
    if (this.records.length > REQUESTS_KEPT) this.records.shift();
    return record;
  }

  end(request: Request): void {
    this.#open.delete(request);
  }
}
