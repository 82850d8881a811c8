import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportProfiles, normalizeProfiles, profilePages } from "engage-export";
import { duckdbSink, readCheckpoint } from "engage-export/duckdb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profileTexts } from "../suite/profiles.ts";
import { simulated } from "../suite/simulated.ts";
import { rowsIn } from "./rows-in.ts";

describe("DuckDB", () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "engage-export-"));
  });

  afterAll(() => rm(directory, { recursive: true }));

  test("takes an export, in a file that holds all of it", async () => {
    const { account } = await simulated({ profiles: profileTexts(2_050), pageSize: 500 });
    const path = join(directory, "whole.duckdb");
    const sink = await duckdbSink(path);
    await profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(sink);
    expect(await sink.result).toMatchObject({ totalRows: 2_050, complete: true });
    expect(existsSync(`${path}.wal`)).toBe(false);
    expect(
      await rowsIn(path, "SELECT count(*), min(last_seen)::VARCHAR, sum((properties->>'$.n')::INT)::INT FROM profiles"),
    ).toEqual([[2_050n, "2026-01-02 03:04:05", (2_050 * 2_049) / 2]]);
  });

  test("keeps what came when pages fail, and takes the rest later", async () => {
    const fault = { kind: "response", status: 500 } as const;
    const { account, pages } = await simulated({
      profiles: profileTexts(450),
      pageSize: 100,
      faults: [{ page: 1, times: 1, fault }],
    });
    const path = join(directory, "resumed.duckdb");
    const sink = await duckdbSink(path);
    expect(await exportProfiles({ ...account, maxRetries: 0, sink })).toMatchObject({ failedPageIndices: [1] });
    expect(await readCheckpoint(path)).toMatchObject({ nextPage: 5, failedPages: [1] });
    const rest = await duckdbSink({ path, mode: "resume" });
    expect(await exportProfiles({ ...account, sink: rest, resume: rest.checkpoint })).toMatchObject({ complete: true });
    expect(await pages()).toHaveLength(6);
    expect(await rowsIn(path, "SELECT count(*) FROM profiles")).toEqual([[450n]]);
  });

  test("starts over where the session is lost, as if nothing had happened", async () => {
    const { account } = await simulated({
      profiles: profileTexts(300),
      pageSize: 100,
      faults: [{ page: 2, fault: { kind: "lost-session" } }],
    });
    const path = join(directory, "again.duckdb");
    const sink = await duckdbSink({ path, batchSize: 100 });
    expect(await exportProfiles({ ...account, sink })).toMatchObject({ totalRows: 300, complete: true });
    expect(await rowsIn(path, "SELECT count(*) FROM profiles")).toEqual([[300n]]);
  });

  test("is refused where the table is there, before anything is requested", async () => {
    const path = join(directory, "whole.duckdb");
    await expect(duckdbSink(path)).rejects.toMatchObject({ code: "table-exists" });
  });
});
