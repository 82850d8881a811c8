import type { OptionChecks } from "../../option.ts";

/** Where a project's data lives. */
export type Region = "us" | "eu" | "in";

// https://developer.mixpanel.com/reference/engage-query
const HOSTS: Readonly<Record<Region, string>> = {
  us: "https://mixpanel.com",
  eu: "https://eu.mixpanel.com",
  in: "https://in.mixpanel.com",
};

/** What chooses the address. */
export interface AddressOptions {
  readonly baseUrl?: string | undefined;
  readonly region?: Region | undefined;
}

/**
 * Where the Engage API is.
 *
 * @throws {EngageError} `usage`, for an unknown region or a base URL that would carry credentials in the clear
 */
export function engageAddress(
  { baseUrl = "", region = "us" }: AddressOptions,
  check: OptionChecks,
): { readonly host: string; readonly endpoint: string } {
  const home = HOSTS[check.oneOf("region", trimmed(region), ["us", "eu", "in"])];
  const host = typeof baseUrl === "string" ? baseUrl.trim().replace(/\/+$/, "") : refuse("must be text", "");
  if (host === "") return { host: home, endpoint: endpointOf(home) };
  const url = URL.canParse(host) ? new URL(host) : refuse("must be a URL", baseUrl);
  if (url.username !== "" || url.password !== "") refuse("must not hold credentials", url.host);
  if (/[?#]/.test(host)) refuse("must end with its path", baseUrl);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    refuse("must be https, since the secret travels in every request; plain http only to loopback", baseUrl);
  }
  return { host, endpoint: endpointOf(host) };

  // The part before an @ may be a password, whether or not the rest is a URL.
  function refuse(rule: string, value: string): never {
    return check.refuse("baseUrl", rule, value.replace(/^.*@/s, ""));
  }
}

function endpointOf(host: string): string {
  return `${host}/api/query/engage`;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/** Text without white space at its ends; anything else as it is, for the check to refuse. */
function trimmed(value: unknown): unknown {
  return typeof value === "string" ? value.trim() : value;
}
