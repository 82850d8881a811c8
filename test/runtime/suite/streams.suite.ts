import {
  exportProfiles,
  isEngageError,
  ndjsonSink,
  normalizeProfiles,
  type PageResult,
  type ProfileRow,
  profilePages,
} from "engage-export";
import { expect, test } from "vitest";
import { profileLines, profileTexts } from "./profiles.ts";
import { simulated } from "./simulated.ts";

type Page = PageResult<ProfileRow>;

/** A sink of lines, and what came into it. */
function linesSink() {
  const chunks: string[] = [];
  const writable = new WritableStream<Uint8Array>({
    write(bytes) {
      chunks.push(new TextDecoder().decode(bytes));
    },
  });
  return { sink: ndjsonSink(writable), lines: () => chunks.join("") };
}

/** Sends each page in two parts, and the parts of two pages in another order. */
function shuffled(): TransformStream<Page, Page> {
  let held: Page[] = [];
  return new TransformStream({
    transform(page, controller) {
      if (page.status === "failed") return controller.enqueue(page);
      const parts = [
        { ...page, rows: page.rows.slice(0, 7) },
        { ...page, rows: page.rows.slice(7) },
      ];
      if (held.length === 0) held = parts;
      else {
        for (const part of [parts[1], held[0], parts[0], held[1]]) if (part) controller.enqueue(part);
        held = [];
      }
    },
    flush(controller) {
      for (const part of held) controller.enqueue(part);
    },
  });
}

test("a transform that splits and reorders pages loses no row", async () => {
  const { account } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const { sink, lines } = linesSink();
  await profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(shuffled()).pipeTo(sink);
  expect(await sink.result).toMatchObject({ totalRows: 450, successfulPages: 5, missing: 0, complete: true });
  expect(lines().split("\n").sort()).toEqual(profileLines(0, 450).split("\n").sort());
});

test("two readers of a tee get the same rows", async () => {
  const { account } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const both = profilePages(account).pipeThrough(normalizeProfiles()).tee();
  const sinks = [linesSink(), linesSink()];
  await Promise.all(both.map((pages, index) => pages.pipeTo(sinks[index]?.sink ?? new WritableStream())));
  for (const { lines } of sinks) expect(lines()).toBe(profileLines(0, 450));
});

test("what is no page is refused, and the sink settles", async () => {
  const { account } = await simulated({ profiles: profileTexts(3) });
  const { sink } = linesSink();
  const raw = profilePages(account) as unknown as ReadableStream<Page>;
  await expect(raw.pipeTo(sink)).rejects.toBeInstanceOf(TypeError);
  await expect(sink.result).rejects.toThrow("normalizeProfiles()");
});

test("an abort reaches a sink that is stuck, and the export rejects at once", async () => {
  const { account, idle } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const interruption = new AbortController();
  const reason = new Error("enough");
  const stuck = new WritableStream({ write: () => new Promise<void>(() => interruption.abort(reason)) });
  const options = { ...account, signal: interruption.signal };
  await expect(exportProfiles({ ...options, sink: ndjsonSink(stuck) })).rejects.toBe(reason);
  await idle();
});

test("an export that cannot begin settles its sink", async () => {
  const { account } = await simulated({ profiles: profileTexts(3) });
  const { sink } = linesSink();
  const error = await exportProfiles({ ...account, resume: { nope: 1 } as never, sink }).catch((caught) => caught);
  expect(isEngageError(error, "usage")).toBe(true);
  await expect(sink.result).rejects.toBe(error);
});
