import { describe, expect, it, vi } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, exportIds, read, refused } from "../../helpers/engage-call.ts";

const UNCACHED = /^request for page in uncached query for params/;

describe("a session", () => {
  it("is needed on every page above 0", async () => {
    const answer = await refused(call(engageSimulator(), { page: "1", session_id: "" }));
    expect(answer).toEqual({ status: 400, error: "session_id is required for pages above 0" });
  });

  it("is new for every page 0 without one, also if it is sent empty", async () => {
    const simulator = engageSimulator();
    const forms: Record<string, string>[] = [{}, {}, { session_id: "" }];
    const ids = forms.map(async (form) => (await read(call(simulator, form))).session_id);
    expect(new Set(await Promise.all(ids)).size).toBe(3);
  });

  it("that nobody began is gone", async () => {
    const answer = await refused(call(engageSimulator(), { page: "1", session_id: "1234567890-EXAMPL" }));
    expect(answer).toEqual({ status: 400, error: expect.stringMatching(UNCACHED) });
  });

  it.each([
    ["where", { where: 'properties["plan"] == "free"' }],
    ["cohort", { filter_by_cohort: '{"id":7}', include_all_users: "false" }],
    ["behaviors", { behaviors: "[]" }],
    ["page size", { page_size: "500" }],
    ["properties", { output_properties: '["plan"]' }],
  ])("is bound to the parameters of page 0: %s", async (_, form: Record<string, string>) => {
    const simulator = engageSimulator();
    const { session_id } = await read(call(simulator, form));
    expect((await call(simulator, { ...form, page: "1", session_id })).status).toBe(200);
    const answer = await refused(call(simulator, { page: "1", session_id }));
    expect(answer).toEqual({ status: 400, error: expect.stringMatching(UNCACHED) });
  });

  it("is bound to the workspace too", async () => {
    const simulator = engageSimulator();
    const { session_id } = await read(call(simulator));
    const url = "https://mixpanel.com/api/query/engage?project_id=1234567&workspace_id=9";
    expect((await refused(call(simulator, { page: "1", session_id }, { url }))).error).toMatch(UNCACHED);
  });

  it("does not mind the order of the parameters", async () => {
    const simulator = engageSimulator();
    const { session_id } = await read(call(simulator, { where: "true", behaviors: "[]" }));
    const next = await call(simulator, { behaviors: "[]", session_id, where: "true", page: "1" });
    expect(next.status).toBe(200);
  });

  it("ends after its lifetime without a request", async () => {
    vi.useFakeTimers();
    try {
      const simulator = engageSimulator({ sessionLifetime: 600_000 });
      const { session_id } = await read(call(simulator));
      for (const minutes of [9, 9]) {
        vi.advanceTimersByTime(minutes * 60_000);
        expect((await call(simulator, { page: "1", session_id })).status).toBe(200);
      }
      vi.advanceTimersByTime(601_000);
      expect((await refused(call(simulator, { page: "1", session_id }))).error).toMatch(UNCACHED);
    } finally {
      vi.useRealTimers();
    }
  });

  it("with behaviors needs as_of_timestamp past 1,000 profiles", async () => {
    const simulator = engageSimulator({ profiles: 1_001 });
    const loose = await read(call(simulator, { behaviors: "[]" }));
    const page1 = { behaviors: "[]", page: "1", session_id: loose.session_id };
    expect((await refused(call(simulator, page1))).error).toMatch(UNCACHED);
    expect(await exportIds(simulator, { behaviors: "[]", as_of_timestamp: "0" })).toHaveLength(1_001);
    const small = engageSimulator({ profiles: 1_000, pageSize: 100 });
    expect(await exportIds(small, { behaviors: "[]" })).toHaveLength(1_000);
  });

  it("keeps its own order if sessions are reordered", async () => {
    const simulator = engageSimulator({ profiles: 950, pageSize: 100, reorder: true });
    const first = await exportIds(simulator);
    const second = await exportIds(simulator);
    expect(second).not.toEqual(first);
    expect(new Set(second)).toEqual(new Set(first));
    expect(second).toHaveLength(950);
  });
});
