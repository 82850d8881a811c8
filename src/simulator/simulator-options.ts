import { EngageError } from "../engage-error.ts";
import type { FaultFunction, FaultRule } from "./faults/fault.ts";
import { validateFaultRule } from "./faults/validate-fault.ts";
import { isGroupId } from "./profiles/is-group-id.ts";

/** What the simulated project holds and how it behaves. */
export interface EngageSimulatorOptions {
  /** Of profiles, session ids, jitter and shares of faults: the same seed, the same bytes. Default 1. */
  readonly seed?: number;
  /** How many profiles to generate from the seed, or their JSON texts, which are served as they are; default 1,000. */
  readonly profiles?: number | readonly string[];
  /** The same for group profiles, by `data_group_id`; a group that is not listed is empty. */
  readonly groups?: Readonly<Record<string, number | readonly string[]>>;
  /** Profiles a page where the request does not say; default 1,000. */
  readonly pageSize?: number;
  /** Larger page sizes are clamped to this; default 40,000. */
  readonly maxPageSize?: number;
  /** Default 1234567. */
  readonly projectId?: number | string;
  /** The one account that is let in; by default one that the simulator shows in its `serviceAccount`. */
  readonly serviceAccount?: { readonly username: string; readonly secret: string };
  /** Milliseconds from a request to the headers of its response; default 0. */
  readonly latency?: number;
  /** 0–1: how far the latency strays, 0.5 for ± 50 %; default 0. Depends on seed, page and attempt alone. */
  readonly jitter?: number;
  /** Queries at once before a 429; default 5, `Infinity` for no limit. */
  readonly concurrentQueries?: number;
  /** Queries without a session within an hour before a 429; default 60, `Infinity` for no limit. */
  readonly hourlyQueries?: number;
  /** Milliseconds without a request after which a session is gone; default `Infinity`. */
  readonly sessionLifetime?: number;
  /** Every session after the first starts at another profile, as the API keeps no order between sessions; default false. */
  readonly reorder?: boolean;
  /** What goes wrong, and when. The first that applies to a request happens to it. */
  readonly faults?: readonly (FaultRule | FaultFunction)[];
}

export type SimulatorSettings = Required<Omit<EngageSimulatorOptions, "projectId">> & { readonly projectId: string };

/** Fills in the defaults. @throws {EngageError} `usage` where an option makes no sense */
export function simulatorSettings(options: EngageSimulatorOptions): SimulatorSettings {
  const {
    seed = 1,
    profiles = 1_000,
    groups = {},
    pageSize = 1_000,
    maxPageSize = 40_000,
    projectId = 1234567,
    serviceAccount = { username: "simulator.1a2b3c.mp-service-account", secret: "simulated-secret" },
    latency = 0,
    jitter = 0,
    concurrentQueries = 5,
    hourlyQueries = 60,
    sessionLifetime = Number.POSITIVE_INFINITY,
    reorder = false,
    faults = [],
  } = options;
  requireInteger("seed", seed, 0);
  requireProfiles("profiles", profiles);
  for (const [id, held] of Object.entries(groups)) {
    if (!isGroupId(id)) refuse("groups", "an object whose names are signed 64-bit integers", id);
    requireProfiles(`groups[${id}]`, held);
  }
  requireInteger("maxPageSize", maxPageSize, 1);
  requireInteger("pageSize", pageSize, 1, maxPageSize);
  if (!/^[1-9]\d*$/.test(String(projectId))) refuse("projectId", "a positive integer", projectId);
  if (!serviceAccount.username || serviceAccount.username.includes(":") || !serviceAccount.secret) {
    refuse("serviceAccount", "a username without a colon and a secret", serviceAccount.username);
  }
  requireNumber("latency", latency, 0, 2 ** 30);
  requireNumber("jitter", jitter, 0, 1);
  requireLimit("concurrentQueries", concurrentQueries);
  requireLimit("hourlyQueries", hourlyQueries);
  requireNumber("sessionLifetime", sessionLifetime, 0);
  if (!Array.isArray(faults)) refuse("faults", "a list of rules and functions", faults);
  for (const rule of faults) if (typeof rule !== "function") validateFaultRule(rule);
  return {
    seed,
    profiles,
    groups,
    pageSize,
    maxPageSize,
    projectId: String(projectId),
    serviceAccount,
    latency,
    jitter,
    concurrentQueries,
    hourlyQueries,
    sessionLifetime,
    reorder,
    faults,
  };
}

function requireProfiles(name: string, value: number | readonly string[]): void {
  // Ids hold the index in 32 bits.
  if (typeof value === "number") requireInteger(name, value, 0, 2 ** 32 - 1);
  else if (!Array.isArray(value) || value.some((text) => typeof text !== "string")) {
    refuse(name, "a number of profiles or a list of JSON texts", value);
  }
}

function requireInteger(name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    refuse(name, `an integer from ${min} to ${max}`, value);
  }
}

function requireNumber(name: string, value: number, min: number, max = Number.POSITIVE_INFINITY): void {
  if (!(typeof value === "number" && value >= min && value <= max))
    refuse(name, `a number from ${min} to ${max}`, value);
}

function requireLimit(name: string, value: number): void {
  if (value !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(value) && value >= 1)) {
    refuse(name, "an integer from 1 on, or Infinity", value);
  }
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new EngageError("usage", `Cannot build the simulator, \`${name}\` is ${expected}: ${String(value)}`);
}
