import { exportProfiles, ndjson, ndjsonSink, normalizeProfiles, profilePages, profileRow } from "engage-export";
import { describe, expect, test } from "vitest";
import { profileLines, profileTexts } from "./profiles.ts";
import { simulated } from "./simulated.ts";

describe("profiles", () => {
  test("arrive in page order, byte for byte, up to five requests at a time", async () => {
    const { account, seen } = await simulated({ profiles: profileTexts(2_050), pageSize: 100, latency: 40, jitter: 1 });
    const lines = profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(ndjson());
    expect(await new Response(lines).text()).toBe(profileLines(0, 2_050));
    const { requests, peakInFlight, countedQueries } = await seen();
    expect(requests).toHaveLength(21);
    expect(requests[0]).toMatchObject({ page: 0 });
    expect(requests[0]?.sessionId).toBeUndefined();
    expect(peakInFlight).toBeGreaterThan(2);
    expect(peakInFlight).toBeLessThanOrEqual(5);
    expect(countedQueries).toBe(1);
  });

  test("are the same one request at a time", async () => {
    const { account, seen } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
    const lines = profilePages({ ...account, concurrency: 1 })
      .pipeThrough(normalizeProfiles())
      .pipeThrough(ndjson());
    expect(await new Response(lines).text()).toBe(profileLines(0, 450));
    expect(await seen()).toMatchObject({ peakInFlight: 1 });
  });

  test("are the ones that were asked for", async () => {
    const { account, seen } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
    const where = 'not (properties["näme"] == "a+b & c")';
    const pages = profilePages({ ...account, where, limit: 150 }).pipeThrough(normalizeProfiles());
    expect(await new Response(pages.pipeThrough(ndjson())).text()).toBe(profileLines(0, 150));
    expect((await seen()).requests).toMatchObject([{ form: { where } }, { form: { where, page: "1" } }]);
  });

  test("pass through a transform of one's own", async () => {
    const { account } = await simulated({ profiles: profileTexts(3) });
    const lines = profilePages(account)
      .pipeThrough(normalizeProfiles())
      .pipeThrough(
        new TransformStream({
          transform(page, controller) {
            if (page.status === "failed") return controller.enqueue(page);
            const rows = page.rows.map(({ distinctId, lastSeen, properties }) =>
              profileRow({ distinctId, lastSeen, properties: { n: properties.n } }),
            );
            controller.enqueue({ ...page, rows });
          },
        }),
      )
      .pipeThrough(ndjson());
    expect((await new Response(lines).text()).split("\n")[2]).toBe(
      '{"distinct_id":"id-2","last_seen":"2026-01-02T03:04:05","properties":{"n":2}}',
    );
  });

  test("generated from the same seed are the same, here and on the server", async () => {
    const { engageSimulator } = await import("engage-export/simulator");
    const here = engageSimulator({ profiles: 300, seed: 7 });
    const { account } = await simulated({ profiles: 300, seed: 7 });
    const read = (options: Parameters<typeof profilePages>[0]) =>
      new Response(profilePages(options).pipeThrough(normalizeProfiles()).pipeThrough(ndjson())).text();
    const text = await read(account);
    expect(text.split("\n")).toHaveLength(301);
    expect(await read({ projectId: here.projectId, serviceAccount: here.serviceAccount, fetch: here })).toBe(text);
  });
});

test("a result tells what came, and progress when it came", async () => {
  const { account } = await simulated({
    profiles: profileTexts(450),
    pageSize: 100,
    faults: [{ page: 2, times: 9, fault: { kind: "response", status: 503 } }],
  });
  const chunks: Uint8Array[] = [];
  const written: [number, boolean, number][] = [];
  const result = await exportProfiles({
    ...account,
    maxRetries: 1,
    sink: ndjsonSink(new WritableStream({ write: (chunk) => void chunks.push(chunk) })),
    onPage: ({ pageIndex, success, rows }) => written.push([pageIndex, success, rows]),
  });
  expect(await new Blob(chunks as BlobPart[]).text()).toBe(profileLines(0, 200) + profileLines(300, 450));
  expect(written).toEqual([
    [0, true, 100],
    [1, true, 100],
    [2, false, 0],
    [3, true, 100],
    [4, true, 50],
  ]);
  expect(result.toJSON()).toMatchObject({
    total_rows: 350,
    successful_pages: 4,
    failed_page_indices: [2],
    reported_total: 450,
    missing: 100,
    complete: false,
  });
});

test("NDJSON goes through gzip and back", async () => {
  const { account } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const zipped = profilePages(account)
    .pipeThrough(normalizeProfiles())
    .pipeThrough(ndjson())
    .pipeThrough(new CompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>);
  const plain = zipped.pipeThrough(new DecompressionStream("gzip"));
  expect(await new Response(plain).text()).toBe(profileLines(0, 450));
});
