import { describe, expect, it } from "vitest";
import { expectedProfiles, isLastPage, sessionOf, withinLimit } from "../../src/source/page-plan.ts";

const ANSWERED_AT = "2026-11-29T00:00:00.000Z";
const QUERY = { host: "https://mixpanel.com", projectId: "1" };

function session(head: Record<string, unknown>, limit?: number) {
  return sessionOf({ head, answeredAt: ANSWERED_AT }, limit === undefined ? QUERY : { ...QUERY, limit });
}

describe("sessionOf", () => {
  it("believes what page 0 says", () => {
    expect(session({ total: 5432, page_size: 1000, session_id: "s-1" })).toEqual({
      sessionId: "s-1",
      total: 5432,
      pageSize: 1000,
      totalPages: 6,
      query: QUERY,
      answeredAt: ANSWERED_AT,
    });
  });

  it.each([
    [5432, 1000, undefined, 6],
    [2000, 1000, undefined, 2],
    [2001, 1000, undefined, 3],
    [500, 1000, undefined, 1],
    [0, 1000, undefined, 1],
    [5000, 1000, 1000, 1],
    [5000, 1000, 1001, 2],
    [5000, 1000, 9999, 5],
    [5000, 1000, 1, 1],
    [3, 1, undefined, 3],
  ])("plans %i profiles, %i a page, limit %s: %i pages", (total, page_size, limit, pages) => {
    expect(session({ total, page_size }, limit).totalPages).toBe(pages);
  });

  it.each([undefined, null, "7", -1, 1.5, 1e12 + 1, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e300, {}])(
    "knows no total where it says %j",
    (total) => {
      expect(session({ total, page_size: 10 })).toMatchObject({ total: undefined, totalPages: undefined });
    },
  );

  it.each([undefined, null, "500", 0, -1, 2.5, 1_000_001, 2 ** 40])(
    "takes 1,000 a page where it says %j",
    (page_size) => {
      expect(session({ total: 2500, page_size })).toMatchObject({ pageSize: 1000, totalPages: 3 });
    },
  );

  it.each([
    ["1234-EXAMPL", "1234-EXAMPL"],
    [1234567890, "1234567890"],
    [0, "0"],
    [" ", " "],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
    [true, undefined],
    [2 ** 60, undefined],
    [1.5, undefined],
  ])("takes the session %j as %j, and none that may have lost digits", (session_id, sessionId) => {
    expect(session({ session_id }).sessionId).toBe(sessionId);
  });
});

describe("expectedProfiles", () => {
  it("is what is left of the total, a page at most", () => {
    const planned = session({ total: 25, page_size: 10 });
    expect([0, 1, 2, 3, 9].map((page) => expectedProfiles(planned, page))).toEqual([10, 10, 5, 0, 0]);
  });

  it("is unknown with the total", () => {
    expect(expectedProfiles(session({ page_size: 10 }), 0)).toBeUndefined();
  });
});

describe("withinLimit", () => {
  it("is what is left of the limit", () => {
    const limited = session({ total: 100, page_size: 10 }, 25);
    expect([0, 1, 2, 3].map((page) => withinLimit(limited, page))).toEqual([25, 15, 5, -5]);
    expect(withinLimit(session({ total: 100 }), 7)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("isLastPage", () => {
  it("goes by the plan where there is one, whatever the page holds", () => {
    const planned = session({ total: 25, page_size: 10 });
    expect([0, 1, 2, 3].map((page) => isLastPage(planned, page, 0))).toEqual([false, false, true, true]);
  });

  it("is the first that is short or empty where the total is unknown", () => {
    const unknown = session({ page_size: 10 });
    expect([10, 11, 9, 0].map((profiles) => isLastPage(unknown, 3, profiles))).toEqual([false, false, true, true]);
  });

  it("is the one that reaches the limit where the total is unknown", () => {
    const limited = session({ page_size: 10 }, 20);
    expect([0, 1, 2].map((page) => isLastPage(limited, page, 10))).toEqual([false, true, true]);
  });
});
