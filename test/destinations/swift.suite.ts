import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parquetParts } from "../../src/duckdb.ts";
import { partFiles, s3Store } from "../../src/files.ts";
import { engageSimulator } from "../../src/simulator.ts";
import { columnPartsIn } from "../helpers/column-parts.ts";
import { errorOf } from "../helpers/error-of.ts";
import { exportFrom } from "../helpers/served-profiles.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";
import { rowsIn } from "./rows-in.ts";
import { type SwiftServer, startSwift } from "./swift-server.ts";

const simulator = engageSimulator({ profiles: 1_000, pageSize: 100, hourlyQueries: Number.POSITIVE_INFINITY });
let swift: SwiftServer;

beforeAll(async () => {
  swift = await startSwift();
  const { endpoint, accessKeyId, secretAccessKey } = swift;
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1" });
  const { status } = await client.fetch(`${endpoint}/team`, { method: "PUT" });
  expect(status).toBe(200);
});

afterAll(() => swift?.stop());

const store = (prefix: string, more: object = {}) =>
  s3Store({ bucket: "team", prefix, ...swift, maxRetries: 1, workingDirectory: temporaryDirectory(), ...more });

describe("s3Store, OpenStack Swift", () => {
  test("puts, lists, reads and removes objects, also by names that must be escaped", async () => {
    const files = store("a b/ü+(1)");
    await files.put("one.txt", new TextEncoder().encode("1"));
    await files.put("one.txt", new TextEncoder().encode("one"));
    await files.put("two&.txt", new Uint8Array(100_000));
    expect((await files.list()).toSorted()).toEqual(["one.txt", "two&.txt"]);
    expect(new TextDecoder().decode(await files.get("one.txt"))).toBe("one");
    expect((await files.get("two&.txt"))?.length).toBe(100_000);
    for (const name of ["one.txt", "one.txt", "two&.txt"]) await files.delete(name);
    expect([await files.get("one.txt"), await files.list()]).toEqual([undefined, []]);
  });

  test("holds an export in parts, which is interrupted, resumed and replaced", async () => {
    const files = store("people");
    const stop = new AbortController();
    const sink = await partFiles({ store: files, profilesPerFile: 200 });
    const onPage = ({ pageIndex }: { readonly pageIndex: number }) => pageIndex === 4 && stop.abort();
    await expect(exportFrom(simulator, sink, { signal: stop.signal, onPage })).rejects.toThrow();
    expect(await files.get("_export.json")).toBeUndefined();
    const resumed = await partFiles({ store: files, profilesPerFile: 200, mode: "resume" });
    expect(await exportFrom(simulator, resumed)).toMatchObject({ totalRows: 1_000, complete: true });
    expect(new Set((await rowsIn(files)).map((row) => row.distinct_id)).size).toBe(1_000);
    const before = await files.list();
    const again = await partFiles({ store: files, profilesPerFile: 500, mode: "replace" });
    await exportFrom(simulator, again);
    expect(await files.list()).toHaveLength(3);
    expect((await files.list()).filter((name) => before.includes(name))).toEqual(["_export.json"]);
  });

  test("holds Parquet parts that have the same columns", async () => {
    const files = store("columns");
    const sink = await partFiles({ store: files, profilesPerFile: 400, format: parquetParts() });
    await exportFrom(simulator, sink);
    const parts = await columnPartsIn(files);
    expect(new Set(parts.flatMap(({ ids }) => ids)).size).toBe(1_000);
    for (const { schema } of parts) expect(schema).toEqual(parts[0]?.schema);
  });

  test.each([
    [{ secretAccessKey: "wrong" }, "the secret access key is wrong"],
    [{ accessKeyId: "nobody" }, "access key is wrong"],
    [{ bucket: "nowhere" }, "there is no such bucket"],
  ])("says in words why it refuses %j", async (wrong, reason) => {
    const error = await errorOf(() => partFiles({ store: store("people", wrong) }));
    expect([error.code, error.message]).toEqual(["write-failed", expect.stringContaining(reason)]);
    expect(error.message).not.toMatch(/testing|wrong$/);
  });
});
