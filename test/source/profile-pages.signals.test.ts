import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportProfiles, ndjsonSink, profilePages } from "../../src/index.ts";
import { type EngageSimulatorOptions, engageSimulator } from "../../src/simulator.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const warnings: Error[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);
beforeEach(() => {
  warnings.length = 0;
  process.on("warning", onWarning);
});
afterEach(() => {
  process.off("warning", onWarning);
});

function exportOf(signal: AbortSignal, options: EngageSimulatorOptions = {}) {
  const simulator = engageSimulator({ profiles: 60, pageSize: 5, ...options });
  const { projectId, serviceAccount } = simulator;
  const sink = ndjsonSink(new WritableStream());
  return exportProfiles({ projectId, serviceAccount, fetch: simulator, sink, signal, maxRetries: 1 });
}

const garbage = async (): Promise<void> => {
  collectGarbage();
  await sleep(0);
};

describe("one signal for many exports", () => {
  it("keeps no listener of twenty that have ended, well or not, with garbage collected in between", async () => {
    const { signal } = new AbortController();
    const endings: EngageSimulatorOptions[] = [
      {},
      { faults: [{ page: 3, fault: { kind: "response", status: 503 } }] },
      { faults: [{ page: 0, fault: { kind: "rate-limit", shape: "concurrency", seconds: 0 } }] },
      { faults: [{ page: 2, fault: { kind: "response", status: 401 } }] },
      { profiles: 0 },
    ];
    for (let nth = 0; nth < 20; nth++) {
      const ending = endings[nth % endings.length];
      await exportOf(signal, ending).catch((error: unknown) => expect(error).toMatchObject({ code: "unauthorized" }));
      if (nth % 5 === 0) await garbage();
    }
    await garbage();
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(warnings).toEqual([]);
  }, 60_000);

  it("has one listener for all eleven that are alive at once, none afterwards, and warns of nothing", async () => {
    const { signal } = new AbortController();
    const exports = Array.from({ length: 11 }, () => exportOf(signal, { latency: 5 }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await sleep(10);
    await garbage();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await Promise.all(exports);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("ends all of them with its reason, after garbage was collected", async () => {
    const controller = new AbortController();
    const exports = Array.from({ length: 11 }, () =>
      exportOf(controller.signal, { latency: 60_000 }).catch((error: unknown) => error),
    );
    await sleep(10);
    await garbage();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await Promise.all(exports)).toEqual(Array(11).fill(reason));
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("is heard where it follows another signal that nobody else holds", async () => {
    const simulator = engageSimulator({ latency: 60_000 });
    const { projectId, serviceAccount } = simulator;
    const signal = AbortSignal.any([AbortSignal.timeout(100)]);
    const pages = profilePages({ projectId, serviceAccount, fetch: simulator, signal });
    const reading = pages.getReader().read();
    reading.catch(() => {});
    await garbage();
    await expect(reading).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
