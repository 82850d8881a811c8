import { tableFromIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { ProfileColumns } from "../../../src/sink/columns/profile-columns.ts";
import { arrowStream } from "../../../src/sink/duckdb-wasm/arrow-stream.ts";

describe("arrowStream", () => {
  test("every microsecond and every null comes through, beyond the first byte of the null bitmap too", () => {
    const times = Array.from({ length: 20 }, (_, index) => (index % 3 === 0 ? null : BigInt(index) * 1_000_001n - 5n));
    const ids = times.map((_, index) => `id-${index}`);
    const properties = times.map((_, index) => `{"é":${index}}`);
    const rows = new ProfileColumns();
    for (const column of [rows.distinctIds, rows.lastSeen, rows.properties]) column.clear(times.length);
    for (const [index, time] of times.entries()) {
      rows.distinctIds.add(ids[index] ?? "");
      rows.lastSeen.add(time ?? undefined);
      rows.properties.add(properties[index] ?? "");
    }
    const table = tableFromIPC(arrowStream(rows));
    expect(table.schema.fields.map((field) => `${field.name} ${field.type}`)).toEqual([
      "distinct_id Utf8",
      "last_seen Timestamp<MICROSECOND>",
      "properties Utf8",
    ]);
    expect(table.getChild("last_seen")?.nullCount).toBe(7);
    const column = table.batches[0]?.getChild("last_seen");
    const values: BigInt64Array | undefined = column?.data[0]?.values;
    expect(times.map((_, index) => (column?.isValid(index) ? values?.[index] : null))).toEqual(times);
    expect([...(table.getChild("distinct_id") ?? [])]).toEqual(ids);
    expect([...(table.getChild("properties") ?? [])]).toEqual(properties);
  });
});
