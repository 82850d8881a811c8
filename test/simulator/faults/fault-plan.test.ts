import { describe, expect, it } from "vitest";
import { type EngageSimulator, engageSimulator, type Fault, type FaultRule } from "../../../src/simulator.ts";
import { call, read } from "../../helpers/engage-call.ts";

const BROKEN: Fault = { kind: "response", status: 503 };

/** The status of each request for these pages of one session of five pages. */
async function statuses(simulator: EngageSimulator, pages: readonly number[]): Promise<number[]> {
  const { session_id } = await begin(simulator);
  const found: number[] = [];
  for (const page of pages) {
    const response = await call(simulator, page === 0 ? {} : { page: String(page), session_id });
    found.push(response.status);
    await response.body?.cancel();
  }
  return found;
}

async function begin(simulator: EngageSimulator) {
  const first = await call(simulator, { page: "0" });
  return first.ok ? read(first) : read(call(simulator, { page: "0" }));
}

function withFaults(...faults: FaultRule[]) {
  return engageSimulator({ profiles: 5, pageSize: 1, faults });
}

describe("a fault happens", () => {
  it("to one page, once by default", async () => {
    expect(await statuses(withFaults({ page: 2, fault: BROKEN }), [1, 2, 2, 3])).toEqual([200, 503, 200, 200]);
  });

  it("as often as the rule says, or always", async () => {
    const pages = [1, 1, 1, 1];
    expect(await statuses(withFaults({ page: 1, times: 2, fault: BROKEN }), pages)).toEqual([503, 503, 200, 200]);
    const always = withFaults({ page: 1, times: Number.POSITIVE_INFINITY, fault: BROKEN });
    expect(await statuses(always, pages)).toEqual([503, 503, 503, 503]);
  });

  it("to every page once", async () => {
    const simulator = withFaults({ page: "every", fault: BROKEN });
    expect(await statuses(simulator, [1, 1, 2, 3, 2, 3])).toEqual([503, 200, 503, 503, 200, 200]);
  });

  it("to the last page", async () => {
    expect(await statuses(withFaults({ page: "last", fault: BROKEN }), [3, 4, 4])).toEqual([200, 503, 200]);
  });

  it("to whichever request comes, if the rule names no page", async () => {
    const simulator = withFaults({ times: 3, fault: BROKEN });
    const first = [await call(simulator), await call(simulator), await call(simulator), await call(simulator)];
    expect(first.map(({ status }) => status)).toEqual([503, 503, 503, 200]);
  });

  it("to a share of the pages, the same ones for the same seed", async () => {
    const faulty = async (seed: number) => {
      const faults = [{ page: "every", share: 0.1, fault: BROKEN }] as const;
      const simulator = engageSimulator({ seed, profiles: 1_000, pageSize: 1, faults });
      const pages = [...Array(1_000).keys()].slice(1);
      return (await statuses(simulator, pages)).flatMap((status, index) => (status === 503 ? [index + 1] : []));
    };
    const pages = await faulty(5);
    expect(pages.length).toBeGreaterThan(70);
    expect(pages.length).toBeLessThan(130);
    expect(await faulty(5)).toEqual(pages);
    expect(await faulty(6)).not.toEqual(pages);
  });

  it("by the first rule that applies, each on its own count", async () => {
    const simulator = withFaults(
      { page: 1, fault: { kind: "response", status: 500 } },
      { page: 1, fault: { kind: "response", status: 502 } },
      { page: "every", fault: BROKEN },
    );
    expect(await statuses(simulator, [1, 1, 1, 1, 2])).toEqual([500, 502, 503, 200, 503]);
  });

  it("as a function decides, from page, attempt, session and form", async () => {
    const seen: unknown[] = [];
    const simulator = engageSimulator({
      profiles: 5,
      pageSize: 2,
      faults: [
        ({ page, lastPage, attempt, sessionId, form }) => {
          seen.push([page, lastPage, attempt, sessionId?.length, form.page]);
          return page === 1 && attempt % 2 === 1 ? BROKEN : undefined;
        },
      ],
    });
    expect(await statuses(simulator, [1, 1, 1, 2])).toEqual([503, 200, 503, 200]);
    expect(seen).toEqual([
      [0, 2, 1, undefined, "0"],
      [1, 2, 1, 17, "1"],
      [1, 2, 2, 17, "1"],
      [1, 2, 3, 17, "1"],
      [2, 2, 1, 17, "2"],
    ]);
  });

  it("never to a request that is refused anyway", async () => {
    const simulator = withFaults({ fault: BROKEN });
    expect((await call(simulator, {}, { headers: { Authorization: "" } })).status).toBe(401);
    expect((await call(simulator, { page: "x" })).status).toBe(400);
    expect((await call(simulator)).status).toBe(503);
  });

  it("and a function that returns none of them is told so", async () => {
    const simulator = engageSimulator({ faults: [() => ({ kind: "nonsense" }) as unknown as Fault] });
    await expect(call(simulator)).rejects.toMatchObject({ code: "usage" });
    expect(simulator.inFlight).toBe(0);
  });
});
