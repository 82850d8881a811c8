import { describe, expect, it } from "vitest";
import { normalizeProfiles, profilePages } from "../../../src/index.ts";
import type { EngageSimulator } from "../../../src/simulator.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { POSTGRES_BIN, startPostgres } from "../../helpers/postgres-server.ts";
import {
  codesOf,
  counts,
  DAY,
  duckdbTable,
  exportInto,
  HOUR,
  postgresTable,
  START,
  timedProject,
  timeOf,
  type UpdatedTable,
} from "../../helpers/updated-table.ts";

const server = POSTGRES_BIN === undefined ? undefined : await startPostgres();

const databases: readonly (readonly [string, () => Promise<UpdatedTable>])[] = [
  ["DuckDB", duckdbTable],
  ...(server === undefined ? [] : [["Postgres", () => postgresTable(server)] as const]),
];

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

  it("fetches all profiles when the table was replaced or made again by another query", async () => {
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

  it("fetches all profiles after an unfinished export was dropped whose rows stay in the table", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    const failing = timedProject(8, { faults: [{ page: 1, fault: { kind: "reset" } }] });
    await exportInto(table, simulator, {});
    const narrow = await exportInto(
      table,
      failing.simulator,
      { mode: "append" },
      { outputProperties: ["plan"], concurrency: 1 },
    );
    expect(narrow.result).toMatchObject({ hasFailures: true, successfulPages: 1 });
    const kill = new AbortController();
    const next = await exportInto(
      table,
      simulator,
      { mode: "append" },
      { where: "true", signal: kill.signal, concurrency: 1, onPage: () => kill.abort(new Error("killed")) },
    );
    expect(next.warnings.map(({ message }) => message)).toContain(
      "An unfinished export into profiles cannot be resumed any more, though its 4 rows stay in the table, because this one starts over",
    );
    const update = await exportInto(table, simulator, { mode: "update" });
    expect(counts(update)).toMatchObject({ since: null, changed_profiles: 4, unchanged_profiles: 4 });
    expect(await table.rows()).toEqual(await fullRows(await makeTable(), simulator));
  });

  it("fetches all profiles after an update of an emptied table was not complete", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    const failing = timedProject(8, { faults: [{ page: 1, fault: { kind: "invalid-profile" } }] });
    await exportInto(table, simulator, {});
    await table.run("DELETE FROM profiles");
    expect(counts(await exportInto(table, failing.simulator, { mode: "update" }))).toMatchObject({ complete: false });
    expect(counts(await exportInto(table, simulator, { mode: "update" }))).toMatchObject({ since: null });
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

  it("starts over when the table of an unfinished update is gone", async () => {
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

describe("the rows of a DuckDB table that an update changes", () => {
  /** Ids of rows, those of deleted rows included. */
  async function rowIds(table: UpdatedTable): Promise<number> {
    const [[count] = []] = (await table.run("SELECT max(rowid) + 1 FROM profiles")) as unknown[][];
    return Number(count);
  }

  async function exported(profiles: number) {
    const table = await duckdbTable();
    const { simulator, pass } = timedProject(profiles);
    await exportInto(table, simulator, {});
    const update = async (...changed: readonly string[]) => {
      pass(3 * DAY);
      simulator.change({ changed });
      return counts(await exportInto(table, simulator, { mode: "update" }));
    };
    return { table, simulator, update };
  }

  it("are written anew until a fifth of all rows are deleted ones, then in their place", async () => {
    const { table, simulator, update } = await exported(40);
    const ids: number[] = [];
    for (const changed of [
      ["id-1", "id-2", "id-3", "id-4"],
      ["id-4", "id-5", "id-6", "id-7"],
      ["id-7", "id-8"],
      ["id-9"],
    ]) {
      expect(await update(...changed)).toMatchObject({ new_profiles: 0, changed_profiles: changed.length });
      ids.push(await rowIds(table));
    }
    expect(ids).toEqual([44, 48, 50, 50]);
    expect(await table.rows()).toEqual(await fullRows(await duckdbTable(), simulator));
  });

  it("are left alone if nothing about them has changed", async () => {
    const { table, simulator, update } = await exported(20);
    await update("id-1", "id-2");
    const again = counts(await exportInto(table, simulator, { mode: "update" }));
    expect(again).toMatchObject({ new_profiles: 0, changed_profiles: 0, unchanged_profiles: 2, total_rows: 2 });
    expect(await rowIds(table)).toBe(22);
  });

  it("keep what the user has in columns of his own", async () => {
    const { table, update } = await exported(20);
    await table.run("ALTER TABLE profiles ADD COLUMN note VARCHAR; UPDATE profiles SET note = 'mine ' || distinct_id");
    expect(await update("id-1")).toMatchObject({ changed_profiles: 1 });
    expect(await table.run("SELECT count(*) FROM profiles WHERE note = 'mine ' || distinct_id")).toEqual([[20n]]);
  });

  it("can be those that other tables refer to", async () => {
    const { table, simulator, update } = await exported(20);
    await table.run(
      "CREATE TABLE orders (buyer VARCHAR REFERENCES profiles (distinct_id)); INSERT INTO orders VALUES ('id-1')",
    );
    expect(await update("id-1")).toMatchObject({ changed_profiles: 1, complete: true });
    expect(await table.rows()).toEqual(await fullRows(await duckdbTable(), simulator));
  });
});
