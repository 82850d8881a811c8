import { describe, expect, test } from "vitest";
import { ndjson, ndjsonSink } from "../../src/index.ts";
import { profileRow } from "../../src/page/profile-row.ts";
import { rawLines } from "../../src/page/raw-lines.ts";
import { errorOf } from "../helpers/error-of.ts";
import { loadedPage, rowsOf, sessionOf } from "../helpers/page-results.ts";

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const SENT =
  '{ "$distinct_id" : 41234567890123456789,"more":[], "$properties":{"$last_seen":"t","a":1E+2,"b":"\\u00e9\\n"} }';

describe("rawLines", () => {
  test("are what the API sent, without line breaks between tokens", () => {
    const broken = '{\r\n  "$distinct_id": "5",\n  "$properties": {\n "a": [\n1,2] }\n}';
    expect(textOf(rawLines(rowsOf(SENT, broken)))).toBe(
      `${SENT}\n{  "$distinct_id": "5",  "$properties": { "a": [1,2] }}\n`,
    );
  });

  test("are written in that form for rows that were built", () => {
    const rows = [
      profileRow({ distinctId: "4", lastSeen: "2024-05-06", properties: { a: "é" } }),
      profileRow({ distinctId: "5", lastSeen: "2024-05-06", properties: {} }),
      profileRow({ distinctId: null, lastSeen: null, properties: { a: 1 } }),
    ];
    expect(textOf(rawLines(rows)).split("\n")).toEqual([
      '{"$distinct_id":"4","$properties":{"a":"é","$last_seen":"2024-05-06"}}',
      '{"$distinct_id":"5","$properties":{"$last_seen":"2024-05-06"}}',
      '{"$distinct_id":null,"$properties":{"a":1}}',
      "",
    ]);
  });

  test("are none for no rows", () => {
    expect(rawLines([])).toHaveLength(0);
  });

  test("come of ndjson() and go through ndjsonSink() with raw", async () => {
    const page = loadedPage(sessionOf(1), 0, rowsOf(SENT));
    const { readable, writable } = ndjson({ raw: true });
    const writer = writable.getWriter();
    writer.write(page).catch(() => {});
    expect(textOf((await readable.getReader().read()).value ?? new Uint8Array())).toBe(`${SENT}\n`);
    const chunks: string[] = [];
    const sink = ndjsonSink(new WritableStream({ write: (bytes) => void chunks.push(textOf(bytes)) }), { raw: true });
    const sinkWriter = sink.getWriter();
    await sinkWriter.write(page);
    await sinkWriter.close();
    expect(chunks).toEqual([`${SENT}\n`]);
  });

  test("are asked for by true, and by nothing else", () => {
    expect(errorOf(() => ndjson({ raw: 1 as never }))).toMatchObject({ code: "usage", option: "raw" });
  });
});
