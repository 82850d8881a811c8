import type { EngageSimulatorOptions, Fault, RequestRecord } from "engage-export/simulator";
import { expect, inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the simulators are made. */
    readonly hub: string;
  }
}

/** What a simulator has seen. */
export interface Seen {
  readonly requests: readonly RequestRecord[];
  readonly inFlight: number;
  readonly peakInFlight: number;
  readonly countedQueries: number;
}

/** A simulated project on a real server. */
export interface Simulated {
  /** The options that lead to it. */
  readonly account: {
    readonly baseUrl: string;
    readonly projectId: string;
    readonly serviceAccount: { readonly username: string; readonly secret: string };
  };
  seen(): Promise<Seen>;
  /** The pages that were asked for, in the order in which the requests came. */
  pages(): Promise<readonly (number | undefined)[]>;
  /** Resolves when a fault of this kind has happened. */
  faulted(kind: Fault["kind"]): Promise<void>;
  /** Resolves when no request is under way any more. */
  idle(): Promise<void>;
}

const PATIENT = { timeout: 10_000 };

/** Makes a simulator. Its options go over the wire, so they hold no function and no `Infinity`. */
export async function simulated(options: EngageSimulatorOptions): Promise<Simulated> {
  const hub = inject("hub");
  const made = await fetch(hub, { method: "POST", body: JSON.stringify(options) });
  const baseUrl = hub + (await made.json());
  const seen = async (): Promise<Seen> => (await fetch(baseUrl)).json();
  return {
    account: {
      baseUrl,
      projectId: "1234567",
      serviceAccount: { username: "simulator.1a2b3c.mp-service-account", secret: "simulated-secret" },
    },
    seen,
    pages: async () => (await seen()).requests.map((request) => request.page),
    faulted: (kind) =>
      expect.poll(async () => (await seen()).requests.map(({ fault }) => fault), PATIENT).toContain(kind),
    idle: () => expect.poll(async () => (await seen()).inFlight, PATIENT).toBe(0),
  };
}
