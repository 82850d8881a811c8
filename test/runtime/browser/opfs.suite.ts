import { DuckDBAccessMode } from "@duckdb/duckdb-wasm";
import { exportProfiles } from "engage-export";
import { duckdbWasmSink } from "engage-export/duckdb-wasm";
import { expect, test } from "vitest";
import { profileTexts } from "../suite/profiles.ts";
import { simulated } from "../suite/simulated.ts";
import { openWasm } from "./open-wasm.ts";

const NAME = "profiles-of-the-suite.db";

/** A new worker with the database of an earlier one, as a page has it after a reload. */
async function openFile() {
  const db = await openWasm();
  await db.open({ path: `opfs://${NAME}`, accessMode: DuckDBAccessMode.READ_WRITE });
  return db;
}

async function count(db: Awaited<ReturnType<typeof openFile>>): Promise<unknown> {
  const connection = await db.connect();
  const table = await connection.query("SELECT count(*)::INT AS profiles FROM profiles");
  await connection.close();
  return table.get(0)?.profiles;
}

test("an export into an OPFS database is there after a reload, and can be resumed", async () => {
  const directory = await navigator.storage.getDirectory();
  for await (const name of directory.keys()) await directory.removeEntry(name);
  const { account, pages } = await simulated({
    profiles: profileTexts(450),
    pageSize: 100,
    faults: [{ page: 2, times: 1, fault: { kind: "response", status: 500 } }],
  });
  const before = await openFile();
  const sink = await duckdbWasmSink({ db: before });
  expect(await exportProfiles({ ...account, maxRetries: 0, sink })).toMatchObject({ failedPageIndices: [2] });
  await before.terminate();

  const after = await openFile();
  expect(await count(after)).toBe(350);
  const rest = await duckdbWasmSink({ db: after, mode: "resume" });
  expect(await exportProfiles({ ...account, sink: rest, resume: rest.checkpoint })).toMatchObject({
    totalRows: 450,
    complete: true,
  });
  expect(await pages()).toHaveLength(6);
  await after.terminate();

  const again = await openFile();
  expect(await count(again)).toBe(450);
  await again.terminate();
});
