import { describe, expect, it } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, read } from "../../helpers/engage-call.ts";

describe("RequestLog", () => {
  it("is a record of each request, without credentials", async () => {
    const simulator = engageSimulator({ faults: [{ page: 2, fault: { kind: "response", status: 503 } }] });
    const { session_id } = await read(call(simulator, { where: "true" }));
    await call(simulator, { where: "true", page: "2", session_id });
    await call(simulator, { page: "two" });
    expect(simulator.requests).toMatchObject([
      { page: 0, sessionId: undefined, status: 200, fault: undefined, form: { where: "true" } },
      { page: 2, sessionId: session_id, status: 503, fault: "response" },
      { page: undefined, status: 400 },
    ]);
    expect(simulator.requests[0]?.url).toBe("https://mixpanel.com/api/query/engage?project_id=1234567");
    expect(JSON.stringify(simulator.requests)).not.toContain("Basic");
  });

  it("keeps the newest 10,000 requests and the number of all", async () => {
    const simulator = engageSimulator({ profiles: 1, hourlyQueries: Number.POSITIVE_INFINITY });
    for (let index = 0; index < 10_005; index += 1) await simulator(`https://mixpanel.com/${index}`);
    expect(simulator.requests).toHaveLength(10_000);
    expect(simulator.requests[0]?.url).toBe("https://mixpanel.com/5");
    expect(simulator.requestCount).toBe(10_005);
  });

  it("counts a request as in flight until its body is read or cancelled", async () => {
    const simulator = engageSimulator();
    const [first, second] = await Promise.all([call(simulator), call(simulator)]);
    expect([simulator.inFlight, simulator.peakInFlight]).toEqual([2, 2]);
    await first.arrayBuffer();
    expect(simulator.inFlight).toBe(1);
    await second.body?.cancel();
    expect([simulator.inFlight, simulator.peakInFlight]).toEqual([0, 2]);
  });

  it("lets a request go together with its last bytes, before the end of the body is read", async () => {
    const simulator = engageSimulator({ profiles: 10 });
    const reader = (await call(simulator)).body?.getReader();
    await reader?.read();
    expect(simulator.inFlight).toBe(0);
    expect((await reader?.read())?.done).toBe(true);
  });
});
