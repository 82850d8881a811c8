import { optionError } from "../../option.ts";

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
    const response: unknown = await fetch(request.url, { method: "POST", headers, body, signal, redirect: "manual" });
    if (!isResponse(response))
      throw optionError("fetch pages", "fetch", "must give a response, as that of the runtime does");
    // ky passes the response on as it is.
    return response;
  };
}

function isResponse(value: unknown): value is Response {
  const { status, headers, arrayBuffer }: Partial<Response> = Object(value);
  return typeof status === "number" && typeof headers?.get === "function" && typeof arrayBuffer === "function";
}
