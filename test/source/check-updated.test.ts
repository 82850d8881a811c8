import { describe, expect, it } from "vitest";
import { profilePages } from "../../src/index.ts";
import { errorOf } from "../helpers/error-of.ts";
import { type Answer, fakeEngage, onPage, PROJECT, pageResponse } from "../helpers/fake-engage.ts";

const SINCE = "2026-11-26T00:00:00";

function seen(id: number, time?: string): string {
  return JSON.stringify({ $distinct_id: id, $properties: time === undefined ? {} : { $last_seen: time } });
}

async function idsOf(answers: readonly Answer[], updatedSince?: string): Promise<readonly unknown[]> {
  const { fetch } = fakeEngage(...answers);
  const ids: unknown[] = [];
  for await (const page of profilePages({ ...PROJECT, fetch, updatedSince })) {
    if (page.status === "loaded") ids.push(...page.rows.map(({ $distinct_id }) => $distinct_id));
  }
  return ids;
}

describe("checkUpdated", () => {
  it("lets through what was seen since, and what has no time that is text", async () => {
    const profiles = [
      seen(1, SINCE),
      seen(2, "2027-01-01T00:00:00"),
      seen(3),
      '{"$distinct_id":4,"$properties":{"$last_seen":5}}',
    ];
    const page = () => pageResponse(profiles, { page_size: 10 });
    expect(await idsOf([page], SINCE)).toEqual(["1", "2", "3", "4"]);
  });

  it("ends the export before a row is delivered when page 0 holds an older profile", async () => {
    const engage = fakeEngage(() => pageResponse([seen(1, SINCE), seen(2, "2026-11-25T23:59:59")]));
    const reader = profilePages({ ...PROJECT, fetch: engage.fetch, updatedSince: SINCE }).getReader();
    const error = await errorOf(() => reader.read());
    expect(error).toMatchObject({ code: "bad-response", pageIndex: 0 });
    expect(error.message).toContain("it did not apply the filter");
    expect(error.message).not.toContain("2026-11-25");
    expect(engage.pages).toEqual([0]);
  });

  it("ends it when a later page does", async () => {
    const recent = () => pageResponse([seen(1, SINCE), seen(2, SINCE)], { total: 4 });
    const old = () => pageResponse([seen(3, SINCE), seen(4, "2020-01-01T00:00:00")], { total: 4 });
    expect(await errorOf(() => idsOf([onPage(0, recent), old], SINCE))).toMatchObject({
      code: "bad-response",
      pageIndex: 1,
    });
  });

  it("leaves an export of all profiles alone", async () => {
    expect(await idsOf([() => pageResponse([seen(1, "2000-01-01T00:00:00")])])).toEqual(["1"]);
  });
});

describe("answeredAt", () => {
  async function answeredAt(answer: Answer): Promise<string | undefined> {
    const { fetch } = fakeEngage(answer);
    const reader = profilePages({ ...PROJECT, fetch }).getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return value?.session.answeredAt;
  }

  it("is the date of page 0's response", async () => {
    const dated = (date: string) => (): Response => {
      const response = pageResponse([seen(1)]);
      response.headers.set("Date", date);
      return response;
    };
    expect(await answeredAt(dated("Sun, 29 Nov 2026 01:02:03 GMT"))).toBe("2026-11-29T01:02:03.000Z");
    const before = Date.now();
    expect(Date.parse((await answeredAt(dated("none"))) ?? "")).toBeGreaterThanOrEqual(before);
  });

  it("is the present when the response has no date", async () => {
    const before = Date.now();
    expect(Date.parse((await answeredAt(() => pageResponse([seen(1)]))) ?? "")).toBeGreaterThanOrEqual(before);
  });
});
