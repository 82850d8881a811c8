import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLastSeen } from "../../../src/sink/columns/parse-last-seen.ts";

const parse = (text: string) => parseLastSeen(new TextEncoder().encode(text));

describe("parseLastSeen", () => {
  test.each([
    ["2008-06-09T23:08:40", "2008-06-09T23:08:40.000Z"],
    ["2008-06-09T23:08:40Z", "2008-06-09T23:08:40.000Z"],
    ["2008-06-09T23:08:40+02:00", "2008-06-09T21:08:40.000Z"],
    ["2008-06-09T23:08:40-0230", "2008-06-10T01:38:40.000Z"],
    ["2008-06-09T00:08:40+01", "2008-06-08T23:08:40.000Z"],
    ["2024-02-29T00:00:00", "2024-02-29T00:00:00.000Z"],
    ["1969-12-31T23:59:59.999", "1969-12-31T23:59:59.999Z"],
    ["0001-01-01T00:00:00", "0001-01-01T00:00:00.000Z"],
  ])("%s is %s", (text, utc) => {
    expect(parse(text)).toBe(BigInt(Date.parse(utc)) * 1000n);
  });

  test.each([
    ["2008-06-09T23:08:40.1", 100_000n],
    ["2008-06-09T23:08:40.000001", 1n],
    ["2008-06-09T23:08:40.123456Z", 123_456n],
  ])("the fraction of %s is %d microseconds", (text, micros) => {
    expect(parse(text)).toBe(BigInt(Date.UTC(2008, 5, 9, 23, 8, 40)) * 1000n + micros);
  });

  test.each([
    "",
    "infinity",
    "-infinity",
    "epoch",
    "yesterday",
    "2008-06-09",
    "2008-06-09 23:08:40",
    "2008-06-09t23:08:40",
    "2008-06-09T23:08",
    "2008-06-09T24:00:00",
    "2008-06-09T23:60:00",
    "2008-06-09T23:08:60",
    "2008-13-09T23:08:40",
    "2008-00-09T23:08:40",
    "2008-06-31T23:08:40",
    "2008-06-00T23:08:40",
    "2023-02-29T00:00:00",
    "1900-02-29T00:00:00",
    "2008-06-09T23:08:40.",
    "2008-06-09T23:08:40.1234567",
    "2008-06-09T23:08:40+24:00",
    "2008-06-09T23:08:40+2",
    "2008-06-09T23:08:40z",
    " 2008-06-09T23:08:40",
    "2008-06-09T23:08:40\n",
    "12008-06-09T23:08:40",
    "٢٠٠٨-06-09T23:08:40",
  ])("%j is no date-time", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test("every instant is the same whatever offset it is written with", () => {
    const offsets = fc.record({ sign: fc.constantFrom(1, -1), hours: fc.nat(23), minutes: fc.nat(59) });
    const instants = fc.date({ min: new Date("0002-01-01"), max: new Date("9998-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.nat(999), offsets, (instant, micros, { sign, hours, minutes }) => {
        const local = new Date(instant.getTime() + sign * (hours * 60 + minutes) * 60_000).toISOString().slice(0, -1);
        const offset = `${sign === 1 ? "+" : "-"}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
        expect(parse(`${local}${String(micros).padStart(3, "0")}${offset}`)).toBe(
          BigInt(instant.getTime()) * 1000n + BigInt(micros),
        );
      }),
    );
  });

  test("only the bytes between the two places are read", () => {
    const bytes = new TextEncoder().encode('"2008-06-09T23:08:40","2024"');
    expect(parseLastSeen(bytes, 1, 20)).toBe(parse("2008-06-09T23:08:40"));
    expect(parseLastSeen(bytes, 1, 19)).toBeUndefined();
    expect(parseLastSeen(bytes, 0, 19)).toBeUndefined();
  });
});
