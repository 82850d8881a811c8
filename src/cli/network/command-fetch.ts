import type { EngageFetch, EngageFetchInit, EngageFetchResponse } from "../../index.ts";
import type { ProcessIO } from "../command-io.ts";
import { type HttpProxy, proxyFor } from "./http-proxy.ts";
import { proxyFailure, proxyRefusal } from "./proxy-failure.ts";

/** The same for any method, and with bytes too. */
export interface NetworkFetchInit extends Omit<EngageFetchInit, "method" | "body"> {
  readonly method: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export type NetworkFetch = (url: string, init: NetworkFetchInit) => Promise<EngageFetchResponse>;

/**
 * The `fetch` of the command, which goes through the proxy that the environment names. Bun and Deno have one that does so, and
 * that waits as long as it is told to; on Node it is undici's, loaded with the first request.
 *
 * @throws {EngageError} `usage`, for a proxy that cannot be used
 */
export function commandFetch(
  { env, fetch }: Pick<ProcessIO, "env" | "fetch">,
  baseUrl = "https://mixpanel.com",
): EngageFetch {
  return fetch ?? networkFetch(env, baseUrl);
}

/**
 * The same for any server.
 *
 * @throws {EngageError} `usage`, for a proxy that cannot be used
 */
export function networkFetch(env: ProcessIO["env"], baseUrl: string): NetworkFetch {
  // Before anything is made for the answers; whether that is a URL at all is the library's to say.
  if (URL.canParse(baseUrl)) proxyFor(new URL(baseUrl), env);
  const send = "Bun" in globalThis || "Deno" in globalThis ? nativeFetch : lazyUndiciFetch();
  return async (url, init) => {
    const target = new URL(url);
    const proxy = proxyFor(target, env);
    if (proxy === undefined) return send(url, init, proxy);
    const response = await send(url, init, proxy).catch((error: unknown) => {
      throw init.signal.aborted ? error : proxyFailure(error, proxy, target);
    });
    if (response.status === 407) throw proxyRefusal(response.status, proxy, target);
    return response;
  };
}

type Send = (url: string, init: NetworkFetchInit, proxy: HttpProxy | undefined) => Promise<EngageFetchResponse>;

const nativeFetch: Send = (url, init) => fetch(url, init);

function lazyUndiciFetch(): Send {
  let loaded: Promise<Send> | undefined;
  return async (...request) => {
    loaded ??= import("./undici-fetch.ts").then(({ undiciFetch }) => undiciFetch());
    return (await loaded)(...request);
  };
}
