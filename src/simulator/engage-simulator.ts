import type { RequestRecord } from "./requests/request-log.ts";
import { SimulatedProject } from "./simulated-project.ts";
import { type EngageSimulatorOptions, simulatorSettings } from "./simulator-options.ts";

/** A simulated Engage API: call it like `fetch`, and look at what it saw. */
export interface EngageSimulator {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  readonly projectId: string;
  readonly serviceAccount: { readonly username: string; readonly secret: string };
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
}

/**
 * Simulates the Engage API of one project: credentials, sessions, page sizes, rate limits, latency, and faults on demand.
 *
 * The result is a handler from `Request` to `Response` on web APIs alone. Pass it as `fetch`, mount it in msw
 * (`({ request }) => simulator(request).catch(() => Response.error())`), or put it behind a port with
 * `engage-export simulate`. A connection that is cut is a {@link ConnectionReset}, as a rejection or in the body.
 *
 * `distinct_id`, `distinct_ids`, `output_properties` and `data_group_id` select what comes back. `where`, cohorts and
 * `behaviors` are checked for their form and belong to the session, but nothing is filtered by them.
 *
 * A request occupies one of the concurrent places until its body has been read, cancelled or aborted.
 *
 * @throws {EngageError} `usage` where an option makes no sense
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
  const { log, limits } = project;
  const handler = async (input: RequestInfo | URL, init?: RequestInit) => project.answer(requestOf(input, init));
  return Object.defineProperties(handler as EngageSimulator, {
    projectId: { value: settings.projectId },
    serviceAccount: { value: settings.serviceAccount },
    requests: { value: log.records },
    requestCount: { get: () => log.count },
    inFlight: { get: () => log.inFlight },
    peakInFlight: { get: () => log.peakInFlight },
    countedQueries: { get: () => limits.counted },
    servedLatency: { get: () => log.servedLatency },
  });
}

// A request from another implementation is not an instance of this one's class, and is taken as it is.
function requestOf(input: RequestInfo | URL, init: RequestInit | undefined): Request {
  const isRequest = typeof input === "object" && !(input instanceof URL);
  return isRequest && init === undefined ? input : new Request(input, init);
}
