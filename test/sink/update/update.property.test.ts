import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  duckdbTable,
  exportInto,
  HOUR,
  type TableOptions,
  timedProject,
  type UpdatedTable,
} from "../../helpers/updated-table.ts";

/** What happens to a project and to a table of its profiles. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("change"), ids: fc.array(fc.nat(40), { maxLength: 5 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("change unseen"), ids: fc.array(fc.nat(40), { maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete"), ids: fc.array(fc.nat(40), { maxLength: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("add"), profiles: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass"), hours: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop the table") }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("export"),
      mode: fc.constantFrom("update", "update", "update", "resume", "resume", "append", "replace"),
      overlap: fc.constantFrom(0, HOUR, undefined),
      where: fc.constantFrom(undefined, undefined, undefined, 'properties["plan"] == "pro"'),
      trouble: fc.constantFrom("none", "none", "kill", "failed page", "lost session"),
      page: fc.nat(3),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A project, a table of its profiles, and what no update can know. */
class World {
  readonly #project = timedProject(9, {
    pageSize: 3,
    faults: [({ page }) => (page === this.#faultyPage && this.#fault ? { kind: this.#fault } : undefined)],
  });
  readonly #ids = Array.from({ length: 9 }, (_, index) => `id-${index}`);
  readonly #deleted = new Set<string>();
  readonly #unseen = new Set<string>();
  readonly #table: UpdatedTable;
  #fault: "reset" | "lost-session" | undefined;
  #faultyPage = 0;

  constructor(table: UpdatedTable) {
    this.#table = table;
  }

  async take(step: Step): Promise<void> {
    if ("ids" in step) this.#change(step.kind, this.#idsAt(step.ids));
    else if ("profiles" in step) this.#ids.push(...this.#project.simulator.change({ added: step.profiles }).added);
    else if ("hours" in step) this.#project.pass(step.hours * HOUR);
    else if ("mode" in step) await this.#export(step);
    else await this.#table.run("DROP TABLE IF EXISTS profiles");
  }

  /** After an update without trouble the table holds what a full export would have brought, but for what it cannot see. */
  async check(): Promise<void> {
    const { simulator } = this.#project;
    this.#fault = undefined;
    const { result, error } = await exportInto(this.#table, simulator, { mode: "update" });
    expect(error).toBeUndefined();
    const { totalRows, newProfiles, changedProfiles, unchangedProfiles } = result ?? {};
    expect((newProfiles ?? 0) + (changedProfiles ?? 0) + (unchangedProfiles ?? 0)).toBe(totalRows);
    const full = await duckdbTable();
    await exportInto(full, simulator, {});
    const isKnown = (row: string): boolean => {
      const id = idOf(row);
      return !this.#deleted.has(id) && !this.#unseen.has(id);
    };
    expect((await this.#table.rows()).filter(isKnown)).toEqual((await full.rows()).filter(isKnown));
    expect(await this.#table.tables()).toEqual(["_engage_exports", "profiles"]);
  }

  #idsAt(places: readonly number[]): readonly string[] {
    return [...new Set(places.map((place) => this.#ids[place % this.#ids.length] ?? ""))].filter((id) => id !== "");
  }

  #change(kind: string, ids: readonly string[]): void {
    const { simulator } = this.#project;
    if (kind === "delete") {
      simulator.change({ deleted: ids });
      for (const id of ids) {
        this.#deleted.add(id);
        this.#ids.splice(this.#ids.indexOf(id), 1);
      }
      return;
    }
    const isSeen = kind === "change";
    simulator.change({ changed: ids, updateLastSeen: isSeen });
    for (const id of ids) {
      if (isSeen) this.#unseen.delete(id);
      else this.#unseen.add(id);
    }
  }

  async #export({ mode, overlap, where, trouble, page }: Extract<Step, { readonly mode: unknown }>): Promise<void> {
    const kill = new AbortController();
    this.#faultyPage = page;
    this.#fault = trouble === "failed page" ? "reset" : trouble === "lost session" ? "lost-session" : undefined;
    const updates = mode === "update" || mode === "resume";
    const options: TableOptions = { mode, ...(mode === "resume" && { fresh: "update" }), ...(updates && { overlap }) };
    const onPage = ({ pageIndex }: { readonly pageIndex: number }): void => {
      if (trouble === "kill" && pageIndex === page) kill.abort(new Error("killed"));
      // A session is lost once.
      if (this.#fault === "lost-session" && pageIndex > 0) this.#fault = undefined;
    };
    const { result } = await exportInto(
      this.#table,
      this.#project.simulator,
      { ...options, batchSize: 100 },
      { concurrency: 1, onPage, signal: kill.signal, where },
    );
    if (result?.since === null && result.complete && where === undefined && result.newProfiles !== null) {
      this.#unseen.clear();
    }
  }
}

function idOf(row: string): string {
  return (JSON.parse(row) as string[])[0] ?? "";
}

describe("any sequence of changes, exports, updates, kills and resumes", () => {
  it("ends in the table that a full export would have made, but for what an update cannot see", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        const world = new World(await duckdbTable());
        for (const each of steps) await world.take(each);
        await world.check();
      }),
      { seed: 16, numRuns: 6 },
    );
  });
});
