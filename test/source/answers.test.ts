import { describe, expect, it } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import { profilePages } from "../../src/source/profile-pages.ts";
import {
  type Answer,
  fakeEngage,
  onPage,
  PROJECT,
  pageResponse,
  pageText,
  profile,
  serves,
} from "../helpers/fake-engage.ts";
import { fakeTime, inFakeTime } from "../helpers/fake-time.ts";
import { PAGE_SIZE, pageText as servedPage, startServer } from "../helpers/http-server.ts";

// Servers whose answers do not fit what was asked.

/** Reads to the end: the number of profiles of each page or the code of its error, and what ended the stream. */
async function outcomeOf(fetch: typeof globalThis.fetch | undefined, baseUrl?: string) {
  const warnings: EngageWarning[] = [];
  const onWarning = (warning: EngageWarning) => warnings.push(warning);
  const pages = profilePages({
    ...PROJECT,
    ...(fetch && { fetch }),
    ...(baseUrl && { baseUrl }),
    maxRetries: 1,
    onWarning,
  });
  const seen: unknown[] = [];
  const changed: number[] = [];
  let ended: unknown;
  const reader = pages.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const page = next.value;
      seen.push(page.status === "loaded" ? page.rows.length : page.error.code);
      if (page.status === "loaded" && page.sessionChanged) changed.push(page.pageIndex);
    }
  } catch (error) {
    ended = error;
  }
  const told = warnings.filter(({ code }) => code.endsWith("changed"));
  return { seen, changed, ended, told };
}

describe("profilePages from a server that answers beside the question", () => {
  fakeTime();

  async function read(...answers: readonly Answer[]) {
    const engage = fakeEngage(...answers);
    return { ...(await inFakeTime(outcomeOf(engage.fetch))), requests: engage.calls.length };
  }

  const two = [profile(0), profile(1)];

  it("marks the pages of another session, and says so once", async () => {
    const other: Answer = ({ page }) => pageResponse(two, { page, total: 8, session_id: `session-${page}` });
    const { seen, changed, told } = await read(onPage(2, other), onPage(3, other), serves(8));
    expect([seen, changed]).toEqual([
      [2, 2, 2, 2],
      [2, 3],
    ]);
    expect(told.map(({ code }) => code)).toEqual(["session-changed"]);
  });

  it("tells a total that grows from page to page, once, with both figures", async () => {
    const { seen, told } = await read(({ page }) => pageResponse(two, { page, total: 8 + page }));
    expect(seen).toEqual([2, 2, 2, 2]);
    expect(told.map(({ message }) => message)).toEqual([
      "Mixpanel's total changed while the pages were read: 8 on page 0, 9 on page 1",
    ]);
  });

  it.each([
    ["an object that no text can be made of", '{"toString":0}'],
    ["a list nested too deep for that", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ])("takes no page whose number is %s", async (_, number) => {
    const body = pageText(two, { page: 0, total: 2 }).replace('"page":0', `"page":${number}`);
    const { seen, ended } = await read(() => new Response(body));
    expect([seen, ended]).toEqual([[], expect.objectContaining({ code: "bad-response" })]);
  });

  it("stops asking after twenty empty pages, though the total promises a million", async () => {
    const { seen, ended, requests } = await read(({ page }) =>
      pageResponse(page < 3 ? two : [], { page, total: 1_000_000 }),
    );
    expect(seen).toEqual([2, 2, 2, ...Array(20).fill("bad-response")]);
    expect(ended).toMatchObject({ code: "bad-response" });
    expect(requests).toBeLessThanOrEqual(3 + 2 * (20 + 40));
  });

  it.each([2 ** 53, Number.MAX_SAFE_INTEGER, 1e300])(
    "does not believe a total of %d: it reads until a page is short, and says so",
    async (total) => {
      const { seen, ended, told, requests } = await read(({ page }) =>
        pageResponse(page < 3 ? two : page === 3 ? [profile(9)] : [], { page, total }),
      );
      expect([seen, ended]).toEqual([[2, 2, 2, 1], undefined]);
      expect(told.map(({ message }) => message)).toEqual([
        `Mixpanel's total cannot be right, pages are read until one is short: ${total}`,
      ]);
      expect(requests).toBeLessThan(12);
    },
  );

  it("ends if the total is unknown and twenty pages in a row hold the profiles of the one before", async () => {
    const { seen, ended, requests } = await read(() => pageResponse(two, { total: undefined }));
    expect(seen).toEqual(Array(21).fill(2));
    expect(ended).toMatchObject({ code: "bad-response", pageIndex: 20 });
    expect(requests).toBeLessThan(30);
  });

  it("reads on if pages resemble each other but for one profile", async () => {
    const { seen, ended } = await read(({ page }) =>
      pageResponse(page < 40 ? [profile(0), profile(page)] : [], { page, total: undefined }),
    );
    expect([seen, ended]).toEqual([[...Array(40).fill(2), 0], undefined]);
  });
});

describe("profilePages from a real server", () => {
  it("takes no page that says it is another one", async () => {
    const server = await startServer(3 * PAGE_SIZE, ({ page }, response) => {
      if (page > 0) response.end(servedPage(0, 3 * PAGE_SIZE));
      return page > 0;
    });
    const { seen } = await outcomeOf(undefined, server.baseUrl);
    expect(seen).toEqual([PAGE_SIZE, "bad-response", "bad-response"]);
  });
});
