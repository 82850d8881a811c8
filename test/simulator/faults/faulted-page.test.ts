import { describe, expect, it } from "vitest";
import { engageSimulator, type Fault, profileJson } from "../../../src/simulator.ts";
import { call, faulty, page1, read } from "../../helpers/engage-call.ts";

const idAt = (index: number): unknown => JSON.parse(profileJson(1, index)).$distinct_id;

async function faultyPage(fault: Fault) {
  return read(page1(faulty(fault)));
}

/** Each page of a session in which every page has the fault. */
async function everyPage(fault: Fault) {
  const simulator = engageSimulator({ profiles: 2_500, faults: [{ page: "every", fault }] });
  const first = await read(call(simulator));
  const later = ["1", "2"].map((page) => read(call(simulator, { page, session_id: first.session_id })));
  return [first, ...(await Promise.all(later))];
}

describe("faultedPage", () => {
  const sizeOf = async (fault: Fault) => (await faultyPage(fault)).results.length;

  it("empty-page and short-page leave profiles out", async () => {
    expect(await sizeOf({ kind: "empty-page" })).toBe(0);
    expect(await sizeOf({ kind: "short-page" })).toBe(500);
    expect(await sizeOf({ kind: "short-page", rows: 999 })).toBe(999);
    expect(await sizeOf({ kind: "short-page", rows: 5_000 })).toBe(1_000);
  });

  it("fields replaces members, adds some and leaves some out", async () => {
    const page = await faultyPage({ kind: "fields", fields: { total: 7, status: "error", extra: [1] } });
    expect(page).toMatchObject({ total: 7, status: "error", extra: [1], page: 1, page_size: 1_000 });
    expect(page.results).toHaveLength(1_000);
    const fields = { total: undefined, page_size: undefined, session_id: undefined };
    expect(Object.keys(await faultyPage({ kind: "fields", fields }))).toEqual(["page", "status", "results"]);
    expect(await faultyPage({ kind: "fields", fields: { results: { a: 1 } } })).toHaveProperty("results.a", 1);
    expect(await faultyPage({ kind: "fields", fields: { results: undefined } })).not.toHaveProperty("results");
  });

  it("wrong-page calls itself the page before, with the profiles that were asked for", async () => {
    const page = await faultyPage({ kind: "wrong-page" });
    expect([page.page, page.results[0]?.$distinct_id]).toEqual([0, idAt(1_000)]);
    const first = await read(call(faulty({ kind: "wrong-page" }, 0)));
    expect([first.page, first.results[0]?.$distinct_id]).toEqual([1, idAt(0)]);
  });

  it("wrong-page says another number, or brings another page's profiles, or both", async () => {
    const said = await faultyPage({ kind: "wrong-page", says: 7 });
    expect([said.page, said.results[0]?.$distinct_id]).toEqual([7, idAt(1_000)]);
    const other = await faultyPage({ kind: "wrong-page", profilesOf: 2 });
    expect([other.page, other.results.length, other.results[0]?.$distinct_id]).toEqual([2, 500, idAt(2_000)]);
    const hidden = await faultyPage({ kind: "wrong-page", says: 1, profilesOf: 0 });
    expect([hidden.page, hidden.results[0]?.$distinct_id]).toEqual([1, idAt(0)]);
  });

  it("other-session names another session, and the page's own profiles come", async () => {
    const page = await faultyPage({ kind: "other-session" });
    expect([page.session_id, page.results[0]?.$distinct_id]).toEqual(["1234567890-OTHERS", idAt(1_000)]);
    expect((await faultyPage({ kind: "other-session", sessionId: "x" })).session_id).toBe("x");
  });

  it("other-session with another order brings half of the next page, which comes twice", async () => {
    const page = await faultyPage({ kind: "other-session", reordered: true });
    expect([page.results[0], page.results.at(-1)].map((profile) => profile?.$distinct_id)).toEqual([
      idAt(1_500),
      idAt(2_499),
    ]);
  });

  it("growing-total says another total on each page, and never less than 0", async () => {
    const totals = async (by?: number) =>
      (await everyPage({ kind: "growing-total", ...(by === undefined ? {} : { by }) })).map(({ total }) => total);
    expect(await totals()).toEqual([2_500, 2_501, 2_502]);
    expect(await totals(100)).toEqual([2_500, 2_600, 2_700]);
    expect(await totals(-2_000)).toEqual([2_500, 500, 0]);
  });

  it("shrinking-page-size says another size on each page, and holds no more if it is asked to", async () => {
    const sizes = async (fault: Fault) =>
      (await everyPage(fault)).map(({ page_size, results }) => [page_size, results.length]);
    expect(await sizes({ kind: "shrinking-page-size", by: 100 })).toEqual([
      [1_000, 1_000],
      [900, 1_000],
      [800, 500],
    ]);
    expect(await sizes({ kind: "shrinking-page-size", by: 700, short: true })).toEqual([
      [1_000, 1_000],
      [300, 300],
      [1, 1],
    ]);
  });
});
