import type { ChangedIds } from "./profiles/changing-profiles.ts";
import type { ProfileChanges } from "./profiles/profile-changes.ts";
import type { RequestRecord } from "./requests/request-log.ts";
import { SimulatedProject } from "./simulated-project.ts";
import { type EngageSimulatorOptions, simulatorSettings } from "./simulator-options.ts";

/** A simulated Engage API: call it like `fetch`, and look at what it saw. */
export interface EngageSimulator {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  readonly projectId: string;
  readonly serviceAccount: { readonly username: string; readonly secret: string };
  /** The bearer token that is let in at present. */
  readonly token: string;
  /** The newest 10,000 requests, in the order in which they came. */
  readonly requests: readonly RequestRecord[];
  /** All requests so far. */
  readonly requestCount: number;
  /** Requests without an end: until the body is read to its last byte, cancelled or aborted. */
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Queries that counted toward the hour, since the beginning. */
  readonly countedQueries: number;
  /** Milliseconds of latency, summed up: how long the same requests had taken one at a time. */
  readonly servedLatency: number;
  /**
   * Changes the profiles for the queries that begin from now on; sessions keep what they began with.
   *
   * @returns whose profiles changed, by their ids
   * @throws {EngageError} `usage` if a change makes no sense; nothing has changed then
   * @example
   * ```ts
   * const simulator = engageSimulator({ profiles: 2_500 });
   * const { changed, deleted } = simulator.change({ changed: 20, deleted: ["10"], added: 5 });
   * ```
   */
  change(changes: ProfileChanges): ChangedIds;
}

/**
 * Simulates the Engage API of one project: credentials, sessions, page sizes, cohorts, rate limits, latency, changes between
 * exports, and faults on demand.
 *
 * The result is a handler from `Request` to `Response` on web APIs alone. Pass it as `fetch`, mount it in msw
 * (`({ request }) => simulator(request).catch(() => Response.error())`), or put it behind a port with
 * `engage-export simulate`. A connection that is cut is a {@link ConnectionReset}, as a rejection or in the body.
 *
 * `distinct_id`, `distinct_ids`, `where`, `filter_by_cohort`, `output_properties` and `data_group_id` select what comes
 * back. Of `where` it understands the part of the language that `docs/simulator.md` describes, and answers 400 to anything
 * else. `behaviors` are checked for their form and belong to the session, but nothing is filtered by them.
 *
 * A request occupies one of the concurrent places until its body has been read, cancelled or aborted.
 *
 * @throws {EngageError} `usage` if an option makes no sense
 * @example
 * ```ts
 * const simulator = engageSimulator({ profiles: 2_500, faults: [{ page: 1, fault: { kind: "reset" } }] });
 * const { projectId, serviceAccount } = simulator;
 * const pages = profilePages({ projectId, serviceAccount, fetch: simulator });
 * ```
 */
export function engageSimulator(options: EngageSimulatorOptions = {}): EngageSimulator {
  const settings = simulatorSettings(options);
  const project = new SimulatedProject(settings);
  const { log, limits, profiles } = project;
  const handler = async (input: string | URL | Request, init?: RequestInit) => project.answer(requestOf(input, init));
  return Object.defineProperties(handler as EngageSimulator, {
    projectId: { value: settings.projectId },
    serviceAccount: { value: settings.serviceAccount },
    token: { get: () => settings.token() },
    change: { value: (changes: ProfileChanges) => profiles.change(changes, settings.now()) },
    requests: { value: log.records },
    requestCount: { get: () => log.count },
    inFlight: { get: () => log.inFlight },
    peakInFlight: { get: () => log.peakInFlight },
    countedQueries: { get: () => limits.counted },
    servedLatency: { get: () => log.servedLatency },
  });
}

// A request from another implementation is not an instance of this one's class, and is taken as it is.
function requestOf(input: string | URL | Request, init: RequestInit | undefined): Request {
  const isRequest = typeof input === "object" && !(input instanceof URL);
  return isRequest && init === undefined ? input : new Request(input, init);
}
