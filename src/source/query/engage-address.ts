import { EngageError } from "../../engage-error.ts";

/** Where a project's data lives. */
export type Region = "us" | "eu" | "in";

// https://developer.mixpanel.com/reference/engage-query
const HOSTS: Readonly<Record<Region, string>> = {
  us: "https://mixpanel.com",
  eu: "https://eu.mixpanel.com",
  in: "https://in.mixpanel.com",
};

/**
 * Where the Engage API is.
 *
 * @throws {EngageError} `usage`, for an unknown region or a base URL that would carry credentials in the clear
 */
export function engageAddress(baseUrl = "", region: Region = "us"): { host: string; endpoint: string } {
  if (!Object.hasOwn(HOSTS, region)) refuse("`region` must be us, eu or in", region);
  const trimmed = baseUrl.trim().replace(/\/+$/, "");
  if (trimmed === "") return { host: HOSTS[region], endpoint: `${HOSTS[region]}/api/query/engage` };
  const url = URL.canParse(trimmed) ? new URL(trimmed) : refuse("`baseUrl` is no URL", baseUrl);
  if (url.username !== "" || url.password !== "") refuse("`baseUrl` must not hold credentials", url.host);
  if (/[?#]/.test(trimmed)) refuse("`baseUrl` must end with its path", baseUrl);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    refuse("`baseUrl` must be https, since the secret travels in every request; plain http only to loopback", baseUrl);
  }
  return { host: trimmed, endpoint: `${trimmed}/api/query/engage` };
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

function refuse(problem: string, value: string): never {
  // What stands before an @ may be a password, whether or not the rest is a URL.
  throw new EngageError("usage", `Cannot reach Mixpanel, ${problem}: ${value.replace(/^.*@/s, "")}`);
}
