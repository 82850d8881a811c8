import { describe, expect, it } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import { AnswerChanges } from "../../src/source/answer-changes.ts";
import { sessionOf } from "../../src/source/page-plan.ts";

const QUERY = { host: "https://mixpanel.com", projectId: "1" };
const HEAD = { total: 5000, page_size: 1000, session_id: "one" };

/** What is said of pages 0, 1, 2 …, which have these heads. */
function compared(...heads: readonly Readonly<Record<string, unknown>>[]) {
  const warnings: EngageWarning[] = [];
  const changes = new AnswerChanges((warning) => warnings.push(warning));
  const session = sessionOf({ head: heads[0] ?? {}, answeredAt: "2026-11-29T00:00:00.000Z" }, QUERY);
  return { others: heads.map((head, page) => changes.compare(session, page, head)), warnings };
}

describe("AnswerChanges", () => {
  it("says nothing of pages that say the same, or nothing", () => {
    const nothing = { total: null, page_size: undefined, session_id: "" };
    expect(compared(HEAD, HEAD, {}, nothing)).toEqual({ others: [false, false, false, false], warnings: [] });
  });

  it("knows the pages of another session, and warns once", () => {
    const { others, warnings } = compared(HEAD, { session_id: "two" }, HEAD, { session_id: "three" });
    expect(others).toEqual([false, true, false, true]);
    expect(warnings).toEqual([
      {
        code: "session-changed",
        message: "Page 1 names another session than page 0, so profiles may have come twice or not at all",
      },
    ]);
  });

  it("takes a session that is a number for the same as its text", () => {
    expect(compared({ ...HEAD, session_id: 7 }, { session_id: "7" }).others).toEqual([false, false]);
  });

  it.each([
    ["total", { total: 5001 }, "Mixpanel's total changed while the pages were read: 5000 on page 0, 5001 on page 1"],
    ["total", { total: -1 }, "Mixpanel's total changed while the pages were read: 5000 on page 0, -1 on page 1"],
    [
      "page size",
      { page_size: 500 },
      "Mixpanel's page size changed while the pages were read: 1000 on page 0, 500 on page 1",
    ],
  ])("tells both figures when a %s changes: %j", (_, change, message) => {
    const { warnings } = compared(HEAD, { ...HEAD, ...change }, HEAD);
    expect(warnings).toEqual([{ code: "figures-changed", message }]);
  });

  it("tells each figure once, however often it changes", () => {
    const heads = Array.from({ length: 1000 }, (_, page) => ({ ...HEAD, total: 5000 + page, page_size: 1000 - page }));
    expect(compared(...heads).warnings.map(({ code }) => code)).toEqual(["figures-changed", "figures-changed"]);
  });

  it("says once what is taken instead of figures that cannot be right", () => {
    const head = { ...HEAD, total: 2 ** 53, page_size: 2 ** 40 };
    expect(compared(head, head).warnings.map(({ message }) => message)).toEqual([
      "Mixpanel's total cannot be right, pages are read until one is short: 9007199254740992",
      "Mixpanel's page size cannot be right, 1000 is taken instead: 1099511627776",
    ]);
  });

  it("does not take a total that page 0 left out for one that changed", () => {
    expect(compared({ ...HEAD, total: undefined }, HEAD).warnings).toEqual([]);
  });

  it("says once that figures are no numbers, without their text", () => {
    const head = { ...HEAD, total: "5000", page_size: { secret: 1 } };
    expect(compared(head, head).warnings.map(({ message }) => message)).toEqual([
      "Mixpanel's total cannot be right, pages are read until one is short: no number but string",
      "Mixpanel's page size cannot be right, 1000 is taken instead: no number but object",
    ]);
  });
});
