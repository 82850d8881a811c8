import { clock } from "../../clock.ts";

/** A `fetch` that tells what became of each request, for `--verbose`. */
export function watchedFetch(fetch: typeof globalThis.fetch, say: (line: string) => void): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const page = new URLSearchParams(await request.clone().text()).get("page") ?? "0";
    const startedAt = clock.now();
    const tell = (outcome: string | number) =>
      say(`page ${page}: ${outcome} after ${((clock.now() - startedAt) / 1000).toFixed(2)} s`);
    try {
      const response = await fetch(request);
      tell(response.status);
      return response;
    } catch (error) {
      tell(request.signal.aborted ? "cancelled" : error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
}
