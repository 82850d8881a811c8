/** What a `fetch` is called with beside the address: plain values, which every implementation and every wrapper understands. */
export interface EngageFetchInit {
  readonly method: "POST";
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly redirect: "manual";
}

/** What a `fetch` answers: the part of a `Response` that undici, node-fetch and the runtimes agree on. */
export interface EngageFetchResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly type?: string;
  readonly headers: Pick<Headers, "get">;
  /** A web stream, or a stream of Node as node-fetch has it. */
  readonly body?: unknown;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Sends one request. The runtime's own `fetch`, undici's and node-fetch's are of this type, and so are wrappers around them. */
export type EngageFetch = (url: string, init: EngageFetchInit) => Promise<EngageFetchResponse>;

/**
 * Takes apart the `Request` that ky hands to its `fetch`.
 *
 * @param signal used instead of the request's own, which follows it and falls silent once the request is collected
 */
export function requestFetch(fetch: EngageFetch, signal: AbortSignal): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    const body = await request.text();
    // ky passes the response on as it is.
    return fetch(request.url, { method: "POST", headers, body, signal, redirect: "manual" }) as Promise<Response>;
  };
}
