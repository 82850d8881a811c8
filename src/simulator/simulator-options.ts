import { type OptionChecks, optionChecks } from "../option.ts";
import type { FaultFunction, FaultRule } from "./faults/fault.ts";
import { validateFaultRule } from "./faults/validate-fault.ts";
import { DEFAULT_COHORTS, type SimulatedCohort } from "./profiles/simulated-cohort.ts";
import { isGroupId } from "./profiles/simulated-profiles.ts";
import type { ConcurrencyLimit } from "./requests/query-limits.ts";
import { Refusal } from "./requests/refusal.ts";
import { whereFilter } from "./where/where-filter.ts";

/** What the simulated project holds and how it behaves. */
export interface EngageSimulatorOptions {
  /** Of profiles, session ids, jitter, changes and shares of faults: the same seed, the same bytes. Default 1. */
  readonly seed?: number;
  /** How many profiles to generate from the seed, or their JSON texts, which are served as they are; default 1,000. */
  readonly profiles?: number | readonly string[];
  /** The same for group profiles, by `data_group_id`; a group that is not listed is empty. */
  readonly groups?: Readonly<Record<string, number | readonly string[]>>;
  /** The cohorts of the project; by default three. An id that is not among them filters nothing. */
  readonly cohorts?: readonly SimulatedCohort[];
  /** Profiles a page if the request does not say; default 1,000. */
  readonly pageSize?: number;
  /** Larger page sizes are clamped to this; default 40,000. */
  readonly maxPageSize?: number;
  /** Default 1234567. */
  readonly projectId?: number | string;
  /** The one account that is let in; by default one that the simulator shows in its `serviceAccount`. */
  readonly serviceAccount?: { readonly username: string; readonly secret: string };
  /** The bearer token that is let in beside the account, or a function that knows the present one. Default `simulated-token`. */
  readonly token?: string | (() => string);
  /** Milliseconds from a request to the headers of its response; default 0. */
  readonly latency?: number;
  /** 0–1: how far the latency strays, 0.5 for ± 50 %; default 0. Depends on seed, page and attempt alone. */
  readonly jitter?: number;
  /**
   * Queries at once before a 429; default 5, `Infinity` for no limit. A function is asked at each query, with the number
   * of queries that were let in before: `(admitted) => (admitted < 50 ? 2 : 5)` is a project of which others use three
   * places at first. One that returns 0 lets nobody in.
   */
  readonly concurrentQueries?: ConcurrencyLimit;
  /** Queries without a session within an hour before a 429; default 60, `Infinity` for no limit. */
  readonly hourlyQueries?: number;
  /** Milliseconds without a request after which a session is gone; default `Infinity`. */
  readonly sessionLifetime?: number;
  /** Every session after the first starts at another profile, as the API keeps no order between sessions; default false. */
  readonly reorder?: boolean;
  /** Whether `where` is checked and then ignored, as by a server that does not know the expression; default false. */
  readonly ignoreWhere?: boolean;
  /**
   * The present of the project in milliseconds since the epoch, for the `Date` of responses and the `$last_seen` of
   * profiles that change: a time that stands still, or a function; default `Date.now`.
   */
  readonly now?: number | (() => number);
  /** What goes wrong, and when. The first that applies to a request happens to it. */
  readonly faults?: readonly (FaultRule | FaultFunction)[];
}

export interface SimulatorSettings extends Required<Omit<EngageSimulatorOptions, "projectId" | "token" | "now">> {
  readonly projectId: string;
  readonly token: () => string;
  readonly now: () => number;
}

const check: OptionChecks = optionChecks("build the simulator");

/** Fills in the defaults. @throws {EngageError} `usage` if an option makes no sense */
export function simulatorSettings(options: EngageSimulatorOptions): SimulatorSettings {
  const {
    profiles = 1_000,
    groups = {},
    cohorts = DEFAULT_COHORTS,
    projectId = 1234567,
    serviceAccount = { username: "simulator.1a2b3c.mp-service-account", secret: "simulated-secret" },
    token = "simulated-token",
    concurrentQueries = 5,
    hourlyQueries = 60,
    sessionLifetime = Number.POSITIVE_INFINITY,
    reorder = false,
    ignoreWhere = false,
    // Not `Date.now` itself, which tests may replace later.
    now = () => Date.now(),
    faults = [],
  } = options;
  checkProfiles("profiles", profiles);
  for (const [id, held] of Object.entries(groups)) {
    if (!isGroupId(id)) check.refuse("groups", "must be an object whose names are signed 64-bit integers", id);
    checkProfiles(`groups[${id}]`, held);
  }
  checkCohorts(cohorts);
  const maxPageSize = check.whole("maxPageSize", options.maxPageSize ?? 40_000, { from: 1 });
  if (!/^[1-9]\d*$/.test(String(projectId))) check.refuse("projectId", "must be a positive whole number", projectId);
  if (!serviceAccount.username || serviceAccount.username.includes(":") || !serviceAccount.secret) {
    check.refuse("serviceAccount", "must have a username without a colon and a secret", serviceAccount.username);
  }
  // Never shown in an error.
  if (typeof token !== "function" && !/^\S+$/.test(token)) check.refuse("token", "must be text without white space");
  if (typeof concurrentQueries !== "function") checkLimit("concurrentQueries", concurrentQueries);
  checkLimit("hourlyQueries", hourlyQueries);
  checkFlag("reorder", reorder);
  checkFlag("ignoreWhere", ignoreWhere);
  if (typeof now !== "function") check.whole("now", now, { to: 8.64e15, unit: "milliseconds" });
  if (!Array.isArray(faults)) check.refuse("faults", "must be a list of rules and functions", faults);
  for (const rule of faults) if (typeof rule !== "function") validateFaultRule(rule);
  return {
    seed: check.whole("seed", options.seed ?? 1),
    profiles,
    groups,
    cohorts,
    pageSize: check.whole("pageSize", options.pageSize ?? Math.min(1_000, maxPageSize), { from: 1, to: maxPageSize }),
    maxPageSize,
    projectId: String(projectId),
    serviceAccount,
    token: typeof token === "function" ? token : () => token,
    latency: checkNumber("latency", options.latency ?? 0, 2 ** 30),
    jitter: checkNumber("jitter", options.jitter ?? 0, 1),
    concurrentQueries,
    hourlyQueries,
    sessionLifetime: checkNumber("sessionLifetime", sessionLifetime, Number.POSITIVE_INFINITY),
    reorder,
    ignoreWhere,
    now: typeof now === "function" ? now : () => now,
    faults,
  };
}

function checkProfiles(option: string, value: number | readonly string[]): void {
  // Ids hold the index in 32 bits.
  if (typeof value === "number") check.whole(option, value, { to: 2 ** 32 - 1 });
  else if (!Array.isArray(value) || value.some((text) => typeof text !== "string")) {
    check.refuse(option, "must be a number of profiles or a list of JSON texts", value);
  }
}

function checkCohorts(cohorts: readonly SimulatedCohort[]): void {
  if (!Array.isArray(cohorts)) check.refuse("cohorts", "must be a list", cohorts);
  const ids = new Set<number>();
  for (const { id, name, where, dataGroupId, count } of cohorts) {
    check.whole("cohorts", id, { from: 1 });
    if (ids.has(id)) check.refuse("cohorts", "must have an id each", id);
    ids.add(id);
    check.text("cohorts", name);
    if (count !== undefined) check.whole("cohorts", count);
    if (dataGroupId !== undefined && !isGroupId(dataGroupId)) {
      check.refuse("cohorts", "must have a `dataGroupId` that is a signed 64-bit integer", dataGroupId);
    }
    try {
      if (where !== undefined) whereFilter(where);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      check.refuse("cohorts", "must have a `where` that the simulator understands", error.message);
    }
  }
}

function checkNumber(option: string, value: number, to: number): number {
  if (typeof value === "number" && value >= 0 && value <= to) return value;
  return check.refuse(option, `must be a number from 0 to ${to}`, value);
}

function checkLimit(option: string, value: number): void {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 1)) return;
  check.refuse(option, "must be a whole number, 1 or more, or Infinity", value);
}

function checkFlag(option: string, value: boolean): void {
  if (typeof value !== "boolean") check.refuse(option, "must be true or false", value);
}
