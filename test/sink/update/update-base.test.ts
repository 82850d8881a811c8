import { describe, expect, it } from "vitest";
import { exportProfiles } from "../../../src/index.ts";
import { errorOf } from "../../helpers/error-of.ts";
import {
  codesOf,
  counts,
  DAY,
  duckdbTable,
  exportInto,
  HOUR,
  START,
  timedProject,
  timeOf,
} from "../../helpers/updated-table.ts";

const makeTable = duckdbTable;

describe("what an update goes on from", () => {
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
    const another = await exportInto(table, simulator, { mode: "update", shape: { drop: "n", columns: "some" } });
    expect(counts(another)).toMatchObject({ since: null });
  });

  it("goes on from its base when it is resumed without a page", async () => {
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
    expect(counts(resumed)).toMatchObject({ since: timeOf(START - 2 * DAY), total_rows: 0, complete: true });
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
          "All profiles were last fetched 31 days ago, and an update does not see deleted or merged profiles; export with mode `replace`",
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

  it("takes only itself for a base when others filtered their pages", async () => {
    const table = await makeTable();
    const { simulator } = timedProject(8);
    await exportInto(table, simulator, {}, { updatedSince: "2015-01-01T00:00:00" });
    expect(codesOf(await exportInto(table, simulator, { mode: "update" }))).toEqual(["full-export"]);
  });
});

describe("the table of columns", () => {
  it("is made again by an update, also by one that was not asked for it", async () => {
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
