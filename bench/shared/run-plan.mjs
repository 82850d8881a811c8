import { seededRandom } from "./random.mjs";

/** Milliseconds until each page is answered: `mean` ± `spread` (0.5 is 50 %), the same ones for the same seed. */
export function latenciesOf({ pages, latency: { mean, spread, seed } }) {
  const random = seededRandom(seed);
  return Array.from({ length: pages }, () => mean * (1 + spread * (2 * random() - 1)));
}

/** The pages whose first request fails with a 503: one in ten, spread over the whole export. */
export function failingPages({ pages, faults }) {
  if (faults === undefined) return new Set();
  const random = seededRandom(faults.seed);
  return new Set(Array.from({ length: Math.round(pages / 10) }, (_, ten) => ten * 10 + Math.floor(random() * 10)));
}

/** Milliseconds that these latencies take at best: page 0 alone, then each of five takes the next page as soon as it is free. */
export function idealSpan([first, ...others], workers = 5) {
  const free = new Array(workers).fill(first);
  for (const latency of others) {
    const next = free.indexOf(Math.min(...free));
    free[next] += latency;
  }
  return Math.max(...free);
}
