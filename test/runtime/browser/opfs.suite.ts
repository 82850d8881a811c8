import { type AsyncDuckDB, DuckDBAccessMode } from "@duckdb/duckdb-wasm";
import { exportProfiles, normalizeProfiles, profilePages } from "engage-export";
import { duckdbWasmSink } from "engage-export/duckdb-wasm";
import { expect, test } from "vitest";
import { profileTexts } from "../suite/profiles.ts";
import { simulated } from "../suite/simulated.ts";
import { openWasm } from "./open-wasm.ts";

/** A new worker with the database of an earlier one, as a page has it after a reload. */
async function openFile(name: string): Promise<AsyncDuckDB> {
  const db = await openWasm();
  await db.open({ path: `opfs://${name}`, accessMode: DuckDBAccessMode.READ_WRITE });
  return db;
}

async function count(db: AsyncDuckDB): Promise<unknown> {
  const connection = await db.connect();
  const table = await connection.query("SELECT count(*)::INT AS profiles FROM profiles");
  await connection.close();
  return table.get(0)?.profiles;
}

test("an export into an OPFS database is there after a reload", async () => {
  const { account } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const before = await openFile("reloaded.db");
  const sink = await duckdbWasmSink({ db: before });
  expect(await exportProfiles({ ...account, sink })).toMatchObject({ complete: true });
  await before.terminate();
  const after = await openFile("reloaded.db");
  expect(await count(after)).toBe(450);
  await after.terminate();
});

test("an export whose page went away in the middle is resumed from what was committed", async () => {
  const { account, pages } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const before = await openFile("resumed.db");
  const writer = (await duckdbWasmSink({ db: before, batchSize: 100 })).getWriter();
  const reader = profilePages({ ...account, concurrency: 1, limit: 300 })
    .pipeThrough(normalizeProfiles())
    .getReader();
  for (let page = 0; page < 2; page += 1) {
    const { value } = await reader.read();
    if (value !== undefined) await writer.write(value);
  }
  await before.terminate();
  await reader.cancel();

  const after = await openFile("resumed.db");
  const sink = await duckdbWasmSink({ db: after, mode: "resume" });
  expect(sink.checkpoint).toMatchObject({ nextPage: 2, failedPages: [] });
  const result = await exportProfiles({ ...account, limit: 300, sink, resume: sink.checkpoint });
  expect(result).toMatchObject({ totalRows: 300, complete: true });
  expect((await pages()).filter((page) => page === 1)).toHaveLength(1);
  expect(await count(after)).toBe(300);
  await after.terminate();
});
