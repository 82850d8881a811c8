import { describe, expect, it } from "vitest";
import { exportProfiles, normalizeProfiles, profilePages } from "../../../src/index.ts";
import type { EngageSimulator } from "../../../src/simulator.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { POSTGRES_BIN, startPostgres } from "../../helpers/postgres-server.ts";
import {
  DAY,
  duckdbTable,
  exportInto,
  HOUR,
  postgresTable,
  START,
  timedProject,
  type UpdatedTable,
} from "../../helpers/updated-table.ts";

const server = POSTGRES_BIN === undefined ? undefined : await startPostgres();

const databases: readonly (readonly [string, () => Promise<UpdatedTable>])[] = [
  ["DuckDB", duckdbTable],
  ...(server === undefined ? [] : [["Postgres", () => postgresTable(server)] as const]),
];

function counts({ result }: Awaited<ReturnType<typeof exportInto>>) {
  const { since, new_profiles, changed_profiles, unchanged_profiles, total_rows, complete } = result?.toJSON() ?? {};
  return { since, new_profiles, changed_profiles, unchanged_profiles, total_rows, complete };
}

/** The rows that a full export makes of what the simulator holds. */
async function fullRows(
  table: UpdatedTable,
  simulator: EngageSimulator,
  options: Parameters<typeof exportInto>[3] = {},
): Promise<readonly string[]> {
  await exportInto(table, simulator, {}, options);
  return table.rows();
}

function lastForm(simulator: EngageSimulator) {
  return simulator.requests.at(-1)?.form;
}

function sumOf({ result }: Awaited<ReturnType<typeof exportInto>>): number {
  const { newProfiles, changedProfiles, unchangedProfiles } = result ?? {};
  return (newProfiles ?? 0) + (changedProfiles ?? 0) + (unchangedProfiles ?? 0);
}

const timeOf = (moment: number) => new Date(moment).toISOString();
const codesOf = ({ warnings }: Awaited<ReturnType<typeof exportInto>>) => warnings.map(({ code }) => code);

describe.each(databases)("an update of %s", (_, makeTable) => {
  it("fetches all profiles into a table that is not there, and says so", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(6);
    const first = await exportInto(table, simulator, { mode: "update" });
    expect(counts(first)).toEqual({
      since: null,
      new_profiles: 6,
      changed_profiles: 0,
      unchanged_profiles: 0,
      total_rows: 6,
      complete: true,
    });
    expect(first.result?.toJSON()).toMatchObject({ last_full_export: timeOf(START) });
    expect(codesOf(first)).toEqual(["full-export"]);
    expect(lastForm(simulator)).not.toHaveProperty("where");
    expect(await table.tables()).toEqual(["_engage_exports", "profiles"]);
  });

  it.each(["create", "update"] as const)("fetches what has changed since the last export, of mode %s", async (mode) => {
    const table = await makeTable();
    const { simulator, pass } = timedProject(20);
    await exportInto(table, simulator, { mode });
    pass(HOUR);
    simulator.change({ changed: ["id-3", "id-7"], added: 1 });
    pass(HOUR);
    const second = await exportInto(table, simulator, { mode: "update" });
    expect(counts(second)).toEqual({
      since: timeOf(START - 2 * DAY),
      new_profiles: 1,
      changed_profiles: 2,
      unchanged_profiles: 0,
      total_rows: 3,
      complete: true,
    });
    expect(second.warnings).toEqual([]);
    expect(second.requests).toBe(1);
    expect(lastForm(simulator)?.where).toContain('>= "2026-11-27T12:00:00"');
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
    // The overlap brings them once more.
    pass(HOUR);
    const third = await exportInto(table, simulator, { mode: "update" });
    expect(counts(third)).toMatchObject({
      since: timeOf(START + 2 * HOUR - 2 * DAY),
      new_profiles: 0,
      changed_profiles: 0,
      unchanged_profiles: 3,
    });
    expect(third.result?.lastFullExport).toEqual(new Date(START));
    expect(await table.tables()).toEqual(["_engage_exports", "profiles"]);
  });

  it("goes back by the overlap that it is given", async () => {
    const table = await makeTable();
    const { simulator, pass } = timedProject(5);
    await exportInto(table, simulator, { mode: "update", overlap: 0 });
    pass(HOUR);
    simulator.change({ changed: 1 });
    const second = await exportInto(table, simulator, { mode: "update", overlap: 0 });
    expect(counts(second)).toMatchObject({ since: timeOf(START), changed_profiles: 1, total_rows: 1 });
    pass(HOUR);
    expect(counts(await exportInto(table, simulator, { mode: "update", overlap: 1.5 * HOUR }))).toMatchObject({
      since: timeOf(START - 0.5 * HOUR),
      unchanged_profiles: 1,
    });
  });

  it("has nothing to do when nothing has changed", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(5);
    await exportInto(table, simulator, {});
    const before = await table.rows();
    const second = await exportInto(table, simulator, { mode: "update" });
    expect(counts(second)).toMatchObject({ new_profiles: 0, total_rows: 0, complete: true });
    expect(await table.rows()).toEqual(before);
  });

  it("keeps what was deleted, which it cannot see", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(5);
    await exportInto(table, simulator, {});
    simulator.change({ deleted: ["id-2"], changed: ["id-3"] });
    await exportInto(table, simulator, { mode: "update" });
    expect((await table.rows()).filter((row) => row.includes("id-2"))).toHaveLength(1);
  });

  it("finds out that the filter was ignored before a row is written", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(5, { ignoreWhere: true });
    await exportInto(table, simulator, {});
    const before = await table.rows();
    const { error } = await exportInto(table, simulator, { mode: "update" });
    expect(error).toMatchObject({ code: "bad-response" });
    expect(await table.rows()).toEqual(before);
    expect(await table.tables()).toEqual(["_engage_exports", "profiles"]);
  });

  it("fetches all profiles when the last export was of another query", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(6);
    await exportInto(table, simulator, { mode: "update" }, { where: 'properties["plan"] == "pro"' });
    const all = await exportInto(table, simulator, { mode: "update" });
    expect(codesOf(all)).toEqual(["full-export"]);
    expect(counts(all)).toMatchObject({ since: null, new_profiles: 3, unchanged_profiles: 3 });
    // Of both there is an export by now.
    for (const options of [{ where: 'properties["plan"] == "pro"' }, {}, { pageSize: 2 }]) {
      const next = await exportInto(table, simulator, { mode: "update" }, options);
      expect(counts(next)).toMatchObject({ since: timeOf(START - 2 * DAY), total_rows: 0 });
    }
  });

  it("fetches all profiles when exports with other properties came between", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(4);
    await exportInto(table, simulator, {});
    await exportInto(table, simulator, { mode: "append" }, { outputProperties: ["plan"] });
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({
      since: null,
      changed_profiles: 4,
    });
    await exportInto(table, simulator, { mode: "append", shape: { drop: "n" } });
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({ since: null });
    expect(counts(await exportInto(table, simulator, { mode: "update", shape: { drop: "n" } }))).toMatchObject({
      since: null,
    });
  });

  it("fetches all profiles when the table was replaced or made anew by another query", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(4);
    const where = 'properties["plan"] == "pro"';
    await exportInto(table, simulator, {});
    await exportInto(table, simulator, { mode: "replace" }, { where });
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({
      since: null,
      new_profiles: 2,
    });
    await table.run("DROP TABLE profiles");
    await exportInto(table, simulator, { mode: "update" }, { where });
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({
      since: null,
      new_profiles: 2,
    });
  });

  it("fetches all profiles after an export that is not complete", async () => {
    const table = await makeTable();
    const failing = timedProject(8, { faults: [{ page: 1, fault: { kind: "reset" } }] });
    const first = await exportInto(table, failing.simulator, {});
    expect(first.result?.complete).toBe(false);
    const { simulator } = timedProject(8);
    const second = await exportInto(table, simulator, { mode: "update" });
    expect(codesOf(second)).toContain("full-export");
    expect(counts(second)).toMatchObject({ since: null, new_profiles: 4, unchanged_profiles: 4 });
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
  });

  it("publishes what came when pages failed, and goes on from the last complete export", async () => {
    const table = await makeTable();
    const failing = new Set<number>();
    const { simulator, pass } = timedProject(20, {
      faults: [({ page }) => (failing.delete(page) ? { kind: "reset" } : undefined)],
    });
    await exportInto(table, simulator, {});
    pass(HOUR);
    simulator.change({ changed: 10, added: 2 });
    failing.add(1);
    const partly = await exportInto(table, simulator, { mode: "update" });
    expect(partly.result).toMatchObject({ complete: false, failedPageIndices: [1], totalRows: 8 });
    expect(sumOf(partly)).toBe(8);
    pass(HOUR);
    simulator.change({ changed: 1 });
    const next = await exportInto(table, simulator, { mode: "update", overlap: 0 });
    expect(counts(next)).toMatchObject({ since: timeOf(START), complete: true });
    expect(sumOf(next)).toBe(next.result?.totalRows);
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
  });

  it("fetches the pages that failed when it is resumed, and counts the whole update", async () => {
    const table = await makeTable();
    const failing = new Set<number>();
    const { simulator, pass } = timedProject(20, {
      faults: [({ page }) => (failing.delete(page) ? { kind: "reset" } : undefined)],
    });
    await exportInto(table, simulator, {});
    pass(HOUR);
    simulator.change({ changed: 6, added: 4 });
    failing.add(1).add(2);
    await exportInto(table, simulator, { mode: "update" });
    failing.add(2);
    await exportInto(table, simulator, { mode: "resume", fresh: "update" });
    const last = await exportInto(table, simulator, { mode: "resume", fresh: "update" });
    expect(last.requests).toBe(1);
    expect(counts(last)).toEqual({
      since: timeOf(START - 2 * DAY),
      new_profiles: 4,
      changed_profiles: 6,
      unchanged_profiles: 0,
      total_rows: 10,
      complete: true,
    });
    expect(last.result?.lastFullExport).toEqual(new Date(START));
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
    expect(await table.tables()).toEqual(["_engage_exports", "profiles"]);
  });

  it("goes on after a kill with the time that it began with, also in a new session", async () => {
    const table = await makeTable();
    const { simulator, pass } = timedProject(20, { sessionLifetime: DAY });
    await exportInto(table, simulator, {});
    pass(HOUR);
    simulator.change({ changed: 12 });
    for (const wait of [HOUR, 2 * DAY]) {
      const kill = new AbortController();
      await exportInto(
        table,
        simulator,
        { mode: "resume", fresh: "update", batchSize: 100 },
        {
          signal: kill.signal,
          concurrency: 1,
          onPage: () => kill.abort(new Error("killed")),
        },
      );
      pass(wait);
    }
    const resumed = await exportInto(table, simulator, { mode: "resume", fresh: "update" });
    expect(counts(resumed)).toMatchObject({ since: timeOf(START - 2 * DAY), changed_profiles: 12, complete: true });
    expect(lastForm(simulator)?.where).toContain('>= "2026-11-27T12:00:00"');
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
    // Nothing is unfinished by now.
    expect(counts(await exportInto(table, simulator, { mode: "resume", fresh: "update" }))).toMatchObject({
      changed_profiles: 0,
    });
  });

  it("begins anew when the table of an unfinished update is gone", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    await exportInto(table, simulator, {});
    simulator.change({ changed: 8 });
    const kill = new AbortController();
    await exportInto(
      table,
      simulator,
      { mode: "update" },
      { signal: kill.signal, concurrency: 1, onPage: () => kill.abort(new Error("killed")) },
    );
    await table.run("DROP TABLE profiles");
    const next = await exportInto(table, simulator, { mode: "resume", fresh: "update" });
    expect(codesOf(next)).toContain("full-export");
    expect(counts(next)).toMatchObject({ since: null, new_profiles: 8, complete: true });
  });

  it("fetches all profiles when it is resumed and nobody knows what it was to fetch", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    await exportInto(table, simulator, {});
    const kill = new AbortController();
    await exportInto(
      table,
      simulator,
      { mode: "update" },
      { signal: kill.signal, onPage: () => kill.abort(new Error("killed")) },
    );
    // As a kill leaves it between the first two transactions.
    await table.run("UPDATE _engage_exports SET session = NULL, query = NULL WHERE finished IS NULL");
    const resumed = await exportInto(table, simulator, { mode: "resume", fresh: "update" });
    expect(counts(resumed)).toMatchObject({ since: null, unchanged_profiles: 8, complete: true });
  });

  it("fetches all profiles into a table that was emptied, and when earlier versions kept no time", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    await exportInto(table, simulator, {});
    await table.run("DELETE FROM profiles");
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({
      since: null,
      new_profiles: 8,
    });
    const session = JSON.stringify({ sessionId: "s", total: 8, pageSize: 4, totalPages: 2 });
    await table.run(`UPDATE _engage_exports SET session = '${session}'`);
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({ since: null });
  });

  it("tells since when it has fetched also if it was interrupted", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    await exportInto(table, simulator, {});
    simulator.change({ changed: 8 });
    const sink = await table.open({ mode: "update" });
    const kill = new AbortController();
    const { projectId, serviceAccount } = simulator;
    const options = { projectId, serviceAccount, fetch: simulator, signal: kill.signal, concurrency: 1 };
    await exportProfiles({ ...options, sink, onPage: () => kill.abort(new Error("killed")) }).catch(() => {});
    expect(sink.soFar().toJSON()).toMatchObject({ since: timeOf(START - 2 * DAY), new_profiles: null, total_rows: 4 });
  });

  it("makes the rows that a full export with the same properties makes", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(6);
    for (const outputProperties of [["plan"], ["n", "$last_seen"]]) {
      await exportInto(table, simulator, { mode: "update" }, { outputProperties });
      simulator.change({ changed: ["id-1"] });
      const update = await exportInto(table, simulator, { mode: "update" }, { outputProperties });
      expect(counts(update)).toMatchObject({ since: timeOf(START - 2 * DAY), total_rows: 1 });
      expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator, { outputProperties }));
    }
  });

  it("does not take an export with invalid profiles for complete", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(4, { faults: [{ page: 0, fault: { kind: "invalid-profile" } }] });
    expect(counts(await exportInto(table, simulator, {}))).toMatchObject({ complete: false });
    expect(codesOf(await exportInto(table, simulator, { mode: "update" }))).toContain("full-export");
  });

  it("warns when all profiles were fetched more than 30 days ago", async () => {
    const table = await makeTable();
    const { simulator, pass } = timedProject(4);
    await exportInto(table, simulator, {});
    pass(20 * DAY);
    expect(codesOf(await exportInto(table, simulator, { mode: "update" }))).toEqual([]);
    pass(11 * DAY);
    const { warnings, result } = await exportInto(table, simulator, { mode: "update" });
    expect(warnings).toEqual([
      {
        code: "old-full-export",
        message:
          "All profiles were fetched 31 days ago for the last time, and an update does not see which were deleted or merged; export with mode `replace`",
      },
    ]);
    expect(result?.lastFullExport).toEqual(new Date(START));
  });

  it("is refused with a query that it cannot be made of, and the sink closes", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(4);
    for (const options of [{ limit: 2 }, { groupId: "1" }, { cohortId: 1 }, { distinctIds: ["id-1"] }]) {
      const { error, requests } = await exportInto(table, simulator, { mode: "update" }, options);
      expect(error).toMatchObject({ code: "usage", option: Object.keys(options)[0] });
      expect(requests).toBe(0);
    }
    expect(await table.tables()).toEqual([]);
    await exportInto(table, simulator, {});
  });

  it("takes a plain pipe that asks since its last export, and none with a gap", async () => {
    const table = await makeTable();
    const { simulator, pass } = timedProject(8);
    const { projectId, serviceAccount } = simulator;
    await exportInto(table, simulator, {}, { where: "true" });
    pass(HOUR);
    simulator.change({ changed: 3 });
    const pipe = async (options: { where?: string; updatedSince?: string | undefined }) => {
      const sink = await table.open({ mode: "update" });
      const updatedSince = options.updatedSince ?? sink.lastExport?.since;
      await profilePages({ projectId, serviceAccount, fetch: simulator, ...options, updatedSince })
        .pipeThrough(normalizeProfiles())
        .pipeTo(sink);
      return sink.result;
    };
    expect(await pipe({ where: "true" })).toMatchObject({ changedProfiles: 3, totalRows: 3 });
    const error = await errorOf(() => pipe({}));
    expect(error.code).toBe("checkpoint-mismatch");
    expect(error.message).toBe(
      "Cannot update the table, it holds no complete export of this query; fetch all profiles: 2026-11-27T13:00:00",
    );
    const gap = await errorOf(() => pipe({ where: "true", updatedSince: "2026-11-29T13:00:01" }));
    expect(gap.message).toBe(
      "Cannot update the table, its last complete export is older; fetch all profiles: 2026-11-29T13:00:01",
    );
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
  });

  it("takes only itself for a base when others filtered their pages", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    await exportInto(table, simulator, {}, { updatedSince: "2015-01-01T00:00:00" });
    expect(codesOf(await exportInto(table, simulator, { mode: "update" }))).toEqual(["full-export"]);
  });
});

describe("the table of columns", () => {
  it("is made anew by an update, also by one that was not asked for it", async () => {
    const table = await duckdbTable();
    const { simulator } = timedProject(6);
    await exportInto(table, simulator, { columns: true });
    expect(await table.run("SELECT count(*)::INTEGER FROM profiles_columns")).toEqual([[6]]);
    simulator.change({ changed: ["id-2"], added: 1 });
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({
      since: timeOf(START - 2 * DAY),
    });
    expect(
      await table.run("SELECT count(*)::INTEGER, count(simulated_changes)::INTEGER FROM profiles_columns"),
    ).toEqual([[7, 1]]);
  });
});

describe("the overlap", () => {
  it("is refused without an update", async () => {
    const table = await duckdbTable();
    for (const overlap of [-1, 0.5, Number.NaN]) {
      expect(await errorOf(() => table.open({ mode: "update", overlap }))).toMatchObject({ option: "overlap" });
    }
    expect((await errorOf(() => table.open({ mode: "append", overlap: 1 }))).message).toBe(
      "Cannot open the sink, `overlap` must be left out, except in mode `update`: 1",
    );
  });
});

describe("an update of a Postgres table of jsonb", () => {
  it.skipIf(server === undefined)("compares profiles as the table holds them", async () => {
    if (server === undefined) return;
    const table = await postgresTable(server);
    await table.run("CREATE TABLE profiles (distinct_id text PRIMARY KEY, last_seen timestamp, properties jsonb)");
    const { simulator, pass } = timedProject(8);
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({ new_profiles: 8 });
    pass(HOUR);
    simulator.change({ changed: ["id-3", "id-4"] });
    await exportInto(table, simulator, { mode: "update" });
    simulator.change({ changed: ["id-4"] });
    const next = await exportInto(table, simulator, { mode: "update" });
    expect(counts(next)).toMatchObject({ new_profiles: 0, changed_profiles: 1, unchanged_profiles: 1 });
  });
});
