import { type Answer, type EngageCall, serves } from "./fake-engage.ts";

interface LimitedOptions {
  /** Profiles, two a page. */
  readonly total: number;
  /** Milliseconds that a page takes; a refusal takes 5. */
  readonly latency: (call: EngageCall) => number;
  /** How many it takes at once, now that so many pages have been served. */
  readonly allows: (served: number) => number;
}

/** A project whose slots are shared: what it allows at once changes as others come and go. */
export class LimitedEngage {
  /** Pages so far. */
  served = 0;
  /** For each 429, how many pages had been served. */
  readonly refusedAt: number[] = [];
  readonly #options: LimitedOptions;
  readonly #mostAt = new Map<number, number>();
  #running = 0;

  constructor(options: LimitedOptions) {
    this.#options = options;
  }

  readonly answer: Answer = async (call) => {
    const { allows, latency, total } = this.#options;
    if (this.#running >= allows(this.served)) {
      this.refusedAt.push(this.served);
      await elapsed(5);
      return new Response("", { status: 429, headers: { RateLimit: '"project";r=12, "project-concurrency";r=0' } });
    }
    this.#running += 1;
    this.#mostAt.set(this.served, Math.max(this.#running, this.#mostAt.get(this.served) ?? 0));
    await elapsed(latency(call));
    this.#running -= 1;
    this.served += 1;
    return serves(total)(call) as Response;
  };

  /** How many pages after `page` of them had been served so many ran at once again. */
  pagesUntil(running: number, page: number): number {
    const at = [...this.#mostAt].find(([served, most]) => served >= page && most >= running);
    return (at?.[0] ?? Number.POSITIVE_INFINITY) - page;
  }
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
