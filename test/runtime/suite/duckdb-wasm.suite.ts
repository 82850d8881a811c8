import { exportProfiles } from "engage-export";
import { duckdbWasmSink } from "engage-export/duckdb-wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { openWasm } from "../server/open-wasm.ts";
import { profileTexts } from "./profiles.ts";
import { simulated } from "./simulated.ts";

describe("duckdb-wasm", () => {
  let db: Awaited<ReturnType<typeof openWasm>>;

  beforeAll(async () => {
    db = await openWasm();
  });

  async function rows(sql: string): Promise<unknown[][]> {
    const connection = await db.connect();
    try {
      const table = await connection.query(sql);
      return table.toArray().map((row) => Object.values(row.toJSON()));
    } finally {
      await connection.close();
    }
  }

  test("takes an export, and answers SQL, offline too and without waiting for what cannot be reached", async () => {
    const { account } = await simulated({ profiles: profileTexts(2_050), pageSize: 500 });
    const sink = await duckdbWasmSink({ db });
    expect(await exportProfiles({ ...account, sink })).toMatchObject({
      table: "profiles",
      totalRows: 2_050,
      duplicateProfiles: 0,
      complete: true,
    });
    expect(
      await rows("SELECT count(*)::INT, min(last_seen)::VARCHAR, sum(length(properties))::INT FROM profiles"),
    ).toEqual([[2_050, "2026-01-02 03:04:05", expect.any(Number)]]);
    expect(await rows("SELECT properties::VARCHAR FROM profiles WHERE distinct_id = 'id-7'")).toEqual([
      ['{"n":7,"big":9007199254740993,"exact":1.0,"list":[1E+2,-0.0,"}],{"],"text":"\\u00e9 é 🦆"}'],
    ]);
    const [column] = await rows(
      "SELECT data_type FROM duckdb_columns() WHERE table_name = 'profiles' AND column_name = 'properties'",
    );
    expect(["JSON", "VARCHAR"]).toContain(column?.[0]);
  });

  test("refuses a table that is there before anything is requested", async () => {
    const { pages } = await simulated({ profiles: 1 });
    await expect(duckdbWasmSink({ db })).rejects.toMatchObject({ code: "table-exists" });
    expect(await pages()).toEqual([]);
  });

  test("appends, and the newest of an id wins", async () => {
    const changed = ["id-7", "new", "new"].map((id, n) => `{"$distinct_id":"${id}","$properties":{"n":${n}}}`);
    const { account } = await simulated({ profiles: changed });
    const sink = await duckdbWasmSink({ db, mode: "append" });
    expect(await exportProfiles({ ...account, sink })).toMatchObject({
      totalRows: 2,
      duplicateProfiles: 1,
      complete: true,
    });
    expect(
      await rows(
        "SELECT distinct_id, properties::VARCHAR FROM profiles WHERE distinct_id IN ('id-7', 'new') ORDER BY 1",
      ),
    ).toEqual([
      ["id-7", '{"n":0}'],
      ["new", '{"n":2}'],
    ]);
    expect(await rows("SELECT count(*)::INT FROM profiles")).toEqual([[2_051]]);
  });

  test("replaces the table when the export is complete, and keeps it when not", async () => {
    const broken = await simulated({
      profiles: profileTexts(300),
      pageSize: 100,
      faults: [{ page: 1, times: 9, fault: { kind: "response", status: 500 } }],
    });
    const first = await duckdbWasmSink({ db, mode: "replace" });
    expect(await exportProfiles({ ...broken.account, maxRetries: 0, sink: first })).toMatchObject({
      failedPageIndices: [1],
    });
    expect(await rows("SELECT count(*)::INT FROM profiles")).toEqual([[2_051]]);
    const { account } = await simulated({ profiles: profileTexts(300), pageSize: 100 });
    const second = await duckdbWasmSink({ db, mode: "replace" });
    expect(await exportProfiles({ ...account, sink: second })).toMatchObject({ totalRows: 300, complete: true });
    expect(await rows("SELECT count(*)::INT FROM profiles")).toEqual([[300]]);
  });

  test("starts over where the session is lost, as if nothing had happened", async () => {
    const { account } = await simulated({
      profiles: profileTexts(300),
      pageSize: 100,
      faults: [{ page: 2, fault: { kind: "lost-session" } }],
    });
    const sink = await duckdbWasmSink({ db, table: "again", batchSize: 100 });
    expect(await exportProfiles({ ...account, sink })).toMatchObject({
      totalRows: 300,
      duplicateProfiles: 0,
      complete: true,
    });
    expect(await rows("SELECT count(*)::INT FROM again")).toEqual([[300]]);
  });
});
