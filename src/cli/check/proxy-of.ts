import type { CommandIO } from "../command-io.ts";

/**
 * The proxy that requests to `url` go through by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case; undefined when they
 * go directly. Without credentials, so that it can be shown.
 */
export function proxyOf(url: string, env: CommandIO["env"]): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const either = (name: string) => env[name] || env[name.toUpperCase()] || undefined;
  const http = either("http_proxy");
  const proxy = protocol === "https:" ? (either("https_proxy") ?? http) : http;
  if (proxy === undefined || isExempt(hostname, port || DEFAULT_PORTS[protocol], either("no_proxy"))) return undefined;
  const { protocol: kind, host } = new URL(/^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`);
  return `${kind}//${host}`;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };

function isExempt(hostname: string, port: string | undefined, noProxy = ""): boolean {
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      const suffix = name.toLowerCase().replace(/^\*?\./, "");
      const isOfHost = hostname === suffix || hostname.endsWith(`.${suffix}`);
      return isOfHost && (only === undefined || only === port);
    });
}
