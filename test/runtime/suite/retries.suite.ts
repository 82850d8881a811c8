import { ndjson, normalizeProfiles, profilePages } from "engage-export";
import type { Fault } from "engage-export/simulator";
import { describe, expect, test } from "vitest";
import { profileLines, profileTexts } from "./profiles.ts";
import { simulated } from "./simulated.ts";

const profiles = profileTexts(350);

const FAULTS: Record<string, Fault> = {
  "a reset before the response": { kind: "reset" },
  "a reset in the headers": { kind: "reset", during: "headers" },
  "a reset in the body": { kind: "cut" },
  "a body that ends too early": { kind: "cut", ending: "close" },
  "an empty 502": { kind: "response", status: 502, body: "" },
  "a 503 in plain text": { kind: "response", status: 503, headers: { "content-type": "text/plain" }, body: "upstream" },
  "a 400 that is a timeout": { kind: "timeout" },
  "a 429 to be tried again at once": { kind: "response", status: 429, headers: { "retry-after": "0" } },
  "an HTML page": { kind: "response", headers: { "content-type": "text/html" }, body: "<html></html>" },
  "a 200 that says error": { kind: "fields", fields: { status: "error", results: [] } },
  "an empty page": { kind: "empty-page" },
};

describe.each(Object.entries(FAULTS))("%s", (_, fault) => {
  test.each([0, 2])("on page %i costs one repeat and no profile", async (page) => {
    // An empty page 0 is empty for good where its total says nothing else.
    const { account, pages } = await simulated({ profiles, pageSize: 100, faults: [{ page, fault }] });
    const lines = profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(ndjson());
    expect(await new Response(lines).text()).toBe(profileLines(0, 350));
    expect([...(await pages())].sort()).toEqual([0, 1, 2, 3, page].sort());
  });
});

test.each([
  [401, "unauthorized"],
  [402, "plan"],
  [403, "forbidden"],
  [404, "not-found"],
  [400, "bad-request"],
] as const)("%i ends everything at once", async (status, code) => {
  const fault: Fault = { kind: "response", status };
  const { account, pages, idle } = await simulated({ profiles, pageSize: 100, faults: [{ page: 1, fault }] });
  const outcome = profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(new WritableStream());
  await expect(outcome).rejects.toMatchObject({ name: "EngageError", code, status, pageIndex: 1 });
  await idle();
  expect((await pages()).filter((page) => page === 1)).toHaveLength(1);
});

test("a redirect is not followed", async () => {
  const elsewhere = await simulated({ profiles });
  const fault: Fault = { kind: "response", status: 302, headers: { location: elsewhere.account.baseUrl } };
  const { account } = await simulated({ profiles, faults: [{ page: 0, fault }] });
  const outcome = profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(new WritableStream());
  await expect(outcome).rejects.toMatchObject({ code: "bad-request" });
  expect(await elsewhere.pages()).toEqual([]);
});

test("a lost session ends the stream with that error", async () => {
  const { account } = await simulated({
    profiles,
    pageSize: 100,
    faults: [{ page: 2, fault: { kind: "lost-session" } }],
  });
  const outcome = profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(new WritableStream());
  await expect(outcome).rejects.toMatchObject({ code: "session-expired" });
});
