import { clock } from "../../clock.ts";
import { errorReasons } from "../../error-reasons.ts";
import type { EngageFetch } from "../../index.ts";

/** A `fetch` that tells what became of each request, for `--verbose`. */
export function watchedFetch(fetch: EngageFetch, say: (line: string) => void): EngageFetch {
  return async (url, init) => {
    const page = new URLSearchParams(init.body).get("page");
    const subject = page === null ? new URL(url).pathname : `page ${page}`;
    const startedAt = clock.now();
    const tell = (outcome: string | number) =>
      say(`${subject}: ${outcome} after ${((clock.now() - startedAt) / 1000).toFixed(2)} s`);
    try {
      const response = await fetch(url, init);
      tell(response.status);
      return response;
    } catch (error) {
      tell(init.signal.aborted ? "cancelled" : errorReasons(error));
      throw error;
    }
  };
}
