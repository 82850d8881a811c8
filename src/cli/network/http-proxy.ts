import { EngageError } from "../../engage-error.ts";

/** A proxy that the environment names for an address. */
export interface HttpProxy {
  /** With the credentials, if it needs any. */
  readonly url: URL;
  /** The same without them. */
  readonly shown: string;
  /** Host and port. */
  readonly host: string;
  /** The variable that names it. */
  readonly variable: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address, by the rules of curl: `https_proxy` and `http_proxy`, each for addresses of that scheme, less the
 * hosts and their subdomains in `no_proxy`; in small letters or in capitals.
 *
 * @throws {EngageError} `usage`, for a proxy that cannot be used
 */
export function proxyFor(target: URL, env: Environment): HttpProxy | undefined {
  const name = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const [variable, value] = filled(env, name);
  if (value === "" || isExcepted(target, filled(env, "no_proxy")[1])) return undefined;
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : unusable(variable, "it must be a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    unusable(variable, `a proxy must be reached by http or https: ${url.protocol}//${url.host}`);
  }
  if (target.protocol === "http:" && isLoopback(target.hostname) && !isLoopback(url.hostname)) {
    const why = `it would send the secret in the clear to another machine; add ${target.hostname} to NO_PROXY`;
    unusable(variable, `${why}: ${url.host}`);
  }
  return { url, shown: `${url.protocol}//${url.host}`, host: url.host, variable };
}

/** The variable in small letters, or in capitals when that is not set or empty, and its value. */
function filled(env: Environment, name: string): readonly [string, string] {
  const small = env[name]?.trim() ?? "";
  return small === "" ? [name.toUpperCase(), env[name.toUpperCase()]?.trim() ?? ""] : [name, small];
}

function unusable(variable: string, why: string): never {
  throw new EngageError("usage", `Cannot use the proxy of ${variable}, ${why}`);
}

function isExcepted({ hostname, port, protocol }: URL, exceptions: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const targetPort = port || (protocol === "https:" ? "443" : "80");
  return exceptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      if (entry.includes("/")) return isInNetwork(host, entry);
      const [, name = "", entryPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entryPort !== undefined && entryPort !== targetPort) return false;
      const domain = name.replace(/^\*?\.|^\[|\]$/g, "");
      return host === domain || host.endsWith(`.${domain}`);
    });
}

/** Whether an IPv4 address is in a network such as `127.0.0.0/8`. */
function isInNetwork(host: string, network: string): boolean {
  const [base = "", size] = network.split("/");
  const [address, start] = [ipv4Number(host), ipv4Number(base)];
  if (address === undefined || start === undefined) return false;
  const block = 2 ** (32 - Number(size));
  return Math.floor(address / block) === Math.floor(start / block);
}

function ipv4Number(text: string): number | undefined {
  const parts = /^\d+(\.\d+){3}$/.test(text) ? text.split(".").map(Number) : [];
  return parts.length === 4 ? parts.reduce((number, part) => number * 256 + part, 0) : undefined;
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
