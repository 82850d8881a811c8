import { Agent, type Dispatcher, fetch, Pool, ProxyAgent } from "undici";
import type { EngageFetchResponse } from "../../index.ts";
import type { NetworkFetchInit } from "./command-fetch.ts";
import type { HttpProxy } from "./http-proxy.ts";

/** Milliseconds; 0 is none. */
interface Limits {
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

// Node's own fetch gives up after 300 s without headers, or without a byte; `--timeout` is the client's to watch.
const NO_LIMITS: Limits = { headersTimeout: 0, bodyTimeout: 0 };

/** Sends requests with undici, which waits as long as it is told to and knows proxies. */
export function undiciFetch(
  limits = NO_LIMITS,
): (url: string, init: NetworkFetchInit, proxy: HttpProxy | undefined) => Promise<EngageFetchResponse> {
  const dispatchers = new Map<string | undefined, Dispatcher>();
  return (url, init, proxy) => {
    const dispatcher = dispatchers.get(proxy?.url.href) ?? (proxy ? proxyAgent(proxy, limits) : new Agent(limits));
    dispatchers.set(proxy?.url.href, dispatcher);
    return fetch(url, { ...init, dispatcher });
  };
}

// Not an EnvHttpProxyAgent, which prints a warning that it is experimental, takes HTTP_PROXY for https and knows no subdomains.
function proxyAgent({ url, shown }: HttpProxy, limits: Limits): ProxyAgent {
  const { username, password } = url;
  const credentials = `${decoded(username)}:${decoded(password)}`;
  const bytes = new TextEncoder().encode(credentials);
  return new ProxyAgent({
    ...limits,
    uri: shown,
    // Its own way leaves out a name without a password.
    ...(credentials !== ":" && { token: `Basic ${btoa(String.fromCharCode(...bytes))}` }),
    clientFactory: (origin, options) => new TunnelPool(origin, options),
    // Plain requests as every proxy knows them, without a tunnel; in that case the limits get lost on the way to the pool.
    proxyTunnel: false,
    factory: (origin, options) => new Pool(origin, { ...options, ...limits }),
  });
}

/** Undici takes a tunnel that a proxy closes at once for one to be opened again, without an end or a pause. */
class TunnelPool extends Pool {
  override async connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    try {
      return await super.connect(options);
    } catch (error) {
      throw Object(error).code === "UND_ERR_SOCKET" ? new Error("no tunnel was opened", { cause: error }) : error;
    }
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign stands for itself.
    return text;
  }
}
