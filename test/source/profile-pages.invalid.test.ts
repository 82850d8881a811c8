import { describe, expect, it } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import type { Checkpoint } from "../../src/export/checkpoint.ts";
import { exportProfiles } from "../../src/export/export-profiles.ts";
import type { LoadedPage } from "../../src/page/page-result.ts";
import type { ProfileRow } from "../../src/page/profile-row.ts";
import { ndjsonSink } from "../../src/sink/ndjson/ndjson-sink.ts";
import type { InvalidProfileOnPage } from "../../src/source/invalid-profiles.ts";
import { type ProfilePagesOptions, profilePages } from "../../src/source/profile-pages.ts";
import { normalizeProfiles } from "../../src/transform/normalize-profiles.ts";
import { errorOf } from "../helpers/error-of.ts";
import { fakeEngage, onPage, PROJECT, pageResponse, profile, serves } from "../helpers/fake-engage.ts";
import { PAGE_SIZE, pageText, profileLines, profileText, startServer } from "../helpers/http-server.ts";

const NAN = '{"$distinct_id":"bad","$properties":{"score":NaN}}';

/** Reads what arrives behind `normalizeProfiles()`. */
async function read(options: Partial<ProfilePagesOptions>) {
  const warnings: EngageWarning[] = [];
  const pages: LoadedPage<ProfileRow>[] = [];
  const stream = profilePages({
    ...PROJECT,
    onWarning: (warning: EngageWarning) => warnings.push(warning),
    ...options,
  } as ProfilePagesOptions).pipeThrough(normalizeProfiles());
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (next.value.status === "failed") throw next.value.error;
    pages.push(next.value);
  }
  return { pages, warnings };
}

/** Five profiles, two a page, the fourth of which is broken. */
const answers = [onPage(1, ({ page }) => pageResponse([profile(2), NAN], { page, total: 5 })), serves(5)];

describe("profilePages with an invalid profile", () => {
  it("lets the valid ones flow, and says of the page what it held", async () => {
    const engage = fakeEngage(...answers);
    const { pages, warnings } = await read({ fetch: engage.fetch });
    expect(pages.map(({ rows }) => rows.map(({ distinctId }) => distinctId))).toEqual([
      ["id-0", "id-1"],
      ["id-2"],
      ["id-4"],
    ]);
    expect(pages.map(({ profileCount }) => profileCount)).toEqual([2, 2, 1]);
    expect(pages.map(({ invalidTaken }) => invalidTaken)).toEqual([undefined, 0, undefined]);
    expect(pages[0]).not.toHaveProperty("invalid");
    expect(pages[1]?.invalid).toEqual([
      {
        profileIndex: 1,
        reason: "not JSON in UTF-8 (expected a value at byte 45)",
        distinctId: "bad",
        bytes: new TextEncoder().encode(NAN),
      },
    ]);
    expect(engage.pages.toSorted()).toEqual([0, 1, 1, 2]);
    expect(warnings.map(({ message }) => message)).toEqual([
      "Profile 1 on page 1 is invalid and was set aside: not JSON in UTF-8 (expected a value at byte 45)",
    ]);
  });

  it("hands it to onInvalidProfile before the page comes", async () => {
    const taken: InvalidProfileOnPage[] = [];
    const engage = fakeEngage(...answers);
    const { pages } = await read({ fetch: engage.fetch, onInvalidProfile: (invalid) => void taken.push(invalid) });
    expect(taken).toMatchObject([{ pageIndex: 1, profileIndex: 1, distinctId: "bad" }]);
    expect(pages[1]?.invalidTaken).toBe(1);
  });

  it("keeps no more alive than the profile's own bytes", async () => {
    const { pages } = await read({ fetch: fakeEngage(...answers).fetch });
    expect(pages[1]?.invalid?.[0]?.bytes.buffer.byteLength).toBe(NAN.length);
  });

  it.each([
    [3, [2, 1], 0],
    [4, [2, 1], 1],
  ])("counts those within a limit of %i only", async (limit, rows, invalid) => {
    const { pages } = await read({ fetch: fakeEngage(...answers).fetch, limit });
    expect(pages.map((page) => page.rows.length)).toEqual(rows);
    expect(pages[1]?.invalid ?? []).toHaveLength(invalid);
    expect(pages[1]?.profileCount).toBe(limit - 2);
  });

  it("is not the end if the total is unknown: the page is full with it", async () => {
    const { pages } = await read({
      fetch: fakeEngage(({ page }) => pageResponse(page < 3 ? [NAN, profile(page)] : [], { page, total: undefined }))
        .fetch,
    });
    expect(pages.map((page) => page.rows.length)).toEqual([1, 1, 1, 0]);
  });

  it("is not asked for again by a resumed run", async () => {
    const engage = fakeEngage(...answers);
    const [first] = (await read({ fetch: engage.fetch })).pages;
    if (first === undefined) throw new Error("There is no page");
    const resume: Checkpoint = { session: first.session, nextPage: 2, failedPages: [] };
    const again = fakeEngage(...answers);
    await read({ fetch: again.fetch, resume });
    expect(again.pages).toEqual([2]);
  });

  it("refuses a listener that is none", async () => {
    const options = { ...PROJECT, onInvalidProfile: "rejects.ndjson" } as unknown as ProfilePagesOptions;
    expect(await errorOf(async () => profilePages(options))).toMatchObject({
      code: "usage",
      option: "onInvalidProfile",
    });
  });
});

describe("exportProfiles with one invalid profile among 3,000 from a real server", () => {
  const total = 3 * PAGE_SIZE;
  const spoilt = PAGE_SIZE + 500;

  async function exported(options: Partial<ProfilePagesOptions> = {}) {
    const server = await startServer(total, ({ page }, response) => {
      const [before = "", behind = ""] = pageText(page, total).split(profileText(spoilt));
      // Latin-1 in a text, as an old SDK sends it.
      const latin1 = Buffer.from('{"$distinct_id":"id-x","$properties":{"name":"Ren\u00e9"}}', "latin1");
      response.end(page === 1 ? Buffer.concat([Buffer.from(before), latin1, Buffer.from(behind)]) : before);
      return true;
    });
    const chunks: Uint8Array[] = [];
    const sink = ndjsonSink(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
    const { baseUrl } = server;
    const result = await exportProfiles({ ...PROJECT, baseUrl, sink, ...options } as Parameters<
      typeof exportProfiles
    >[0]);
    return { result, requests: server.requests.length, text: Buffer.concat(chunks).toString() };
  }

  it("writes the 2,999 others, and is not complete", async () => {
    const { result, requests, text } = await exported();
    expect(text === profileLines(0, spoilt) + profileLines(spoilt + 1, total)).toBe(true);
    expect(result).toMatchObject({ totalRows: 2_999, invalidProfiles: 1, missing: 0, failedPages: 0, complete: false });
    expect(requests).toBe(4);
  });

  it("is complete if somebody took it", async () => {
    const taken: InvalidProfileOnPage[] = [];
    const { result } = await exported({ onInvalidProfile: (invalid) => void taken.push(invalid) });
    expect(result).toMatchObject({ totalRows: 2_999, invalidProfiles: 1, missing: 0, complete: true });
    expect(taken).toMatchObject([{ pageIndex: 1, profileIndex: 500, distinctId: "id-x" }]);
  });
});
