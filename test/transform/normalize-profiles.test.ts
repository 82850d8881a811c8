import { describe, expect, it } from "vitest";
import { normalizeProfiles } from "../../src/transform/normalize-profiles.ts";
import { failedPage, loadedPage, profilesOf, rowsOf, sessionOf } from "../helpers/page-results.ts";

const session = sessionOf(4, { pageSize: 2 });

describe("normalizeProfiles", () => {
  it("makes a row of each profile and keeps everything else of the page", async () => {
    const stream = normalizeProfiles();
    const writer = stream.writable.getWriter();
    const page = loadedPage(
      session,
      3,
      profilesOf('{"$distinct_id":7,"$properties":{"$last_seen":"t","a":1.0}}', '{"$distinct_id":""}'),
    );
    void writer.write(page);
    const { value } = await stream.readable.getReader().read();
    expect(value).toMatchObject({ status: "loaded", pageIndex: 3, attempts: 1 });
    expect(value?.session).toBe(session);
    if (value?.status !== "loaded") throw new Error("The page is not loaded");
    expect(
      value.rows.map(({ distinctId, lastSeen, propertiesJson }) => [distinctId, lastSeen, propertiesJson]),
    ).toEqual([
      ["7", "t", '{"a":1.0}'],
      [null, null, "{}"],
    ]);
  });

  it("passes on what a page says of itself", async () => {
    const stream = normalizeProfiles();
    const invalid = [{ profileIndex: 1, reason: "not an object", bytes: new Uint8Array() }];
    const page = { ...loadedPage(session, 3, profilesOf("{}")), profileCount: 2, invalid, invalidTaken: 1 };
    void stream.writable.getWriter().write({ ...page, sessionChanged: true });
    const { value } = await stream.readable.getReader().read();
    expect(value).toEqual({ ...page, sessionChanged: true, rows: [expect.anything()] });
  });

  it("lets failed pages pass as they are", async () => {
    const stream = normalizeProfiles();
    const page = failedPage(session, 1);
    void stream.writable.getWriter().write(page);
    expect((await stream.readable.getReader().read()).value).toBe(page);
  });

  it("passes errors on, both ways", async () => {
    const broken = new Error("no");
    const forward = normalizeProfiles();
    void forward.writable.getWriter().abort(broken);
    await expect(forward.readable.getReader().read()).rejects.toBe(broken);
    const backward = normalizeProfiles();
    const writer = backward.writable.getWriter();
    await backward.readable.cancel(broken);
    await expect(writer.closed).rejects.toBe(broken);
  });

  it("says what came where a page of profiles belongs, and lets nothing pass", async () => {
    const stream = normalizeProfiles();
    const writing = stream.writable.getWriter().write(loadedPage(session, 0, rowsOf("{}")) as never);
    await expect(stream.readable.getReader().read()).rejects.toThrow(
      "Cannot take what the stream brought, a page that holds a ProfileRow: pages of profiles belong there",
    );
    await expect(writing).rejects.toThrow(TypeError);
  });
});
