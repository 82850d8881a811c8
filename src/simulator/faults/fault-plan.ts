import { hash } from "../seeded-random.ts";
import type { Fault, FaultFunction, FaultRule, SimulatedRequest } from "./fault.ts";
import { validateFault } from "./validate-fault.ts";

/** Chooses the fault of each request, and remembers which have happened. */
export class FaultPlan {
  readonly #choosers: readonly FaultFunction[];

  constructor(faults: readonly (FaultRule | FaultFunction)[], seed: number) {
    this.#choosers = faults.map((fault, index) =>
      typeof fault === "function" ? fault : chooserOf(fault, hash(seed, index)),
    );
  }

  /** The first fault that applies. */
  choose(request: SimulatedRequest): Fault | undefined {
    for (const chooser of this.#choosers) {
      const fault = chooser(request);
      if (fault === undefined) continue;
      validateFault(fault);
      return fault;
    }
    return undefined;
  }
}

function chooserOf({ page, times = 1, share = 1, fault }: FaultRule, seed: number): FaultFunction {
  const happened = new Map<number | undefined, number>();
  return (request) => {
    const wanted = page === "last" ? request.lastPage : page;
    if (typeof wanted === "number" && wanted !== request.page) return undefined;
    if (share < 1 && hash(seed, request.page) >= share * 0x1_0000_0000) return undefined;
    const key = page === "every" ? request.page : undefined;
    const count = happened.get(key) ?? 0;
    if (count >= times) return undefined;
    happened.set(key, count + 1);
    return fault;
  };
}
