import { describe, expect, it } from "vitest";
import { InOrder } from "../../src/source/in-order.ts";
import { settled } from "../helpers/fake-time.ts";

const MB = 1024 * 1024;

/** Loads that end when told to. */
function loader({
  pages = 100,
  window = 4,
  mayGrow = true,
  typicalBytes = 0,
  bytes = () => 0,
}: {
  pages?: number;
  window?: number;
  mayGrow?: boolean;
  typicalBytes?: number;
  bytes?: (index: number) => number;
} = {}) {
  const started: number[] = [];
  const open = new Map<number, { resolve(): void; reject(error: Error): void; repeat(): void }>();
  const loads = new InOrder<number>({
    indexes: Array.from({ length: pages }, (_, index) => index)[Symbol.iterator](),
    window,
    mayGrow,
    typicalBytes,
    bytesOf: bytes,
    load: (index, repeat) => {
      started.push(index);
      return new Promise((resolve, reject) => open.set(index, { resolve: () => resolve(index), reject, repeat }));
    },
  });
  const load = (index: number) => {
    const found = open.get(index);
    if (found === undefined) throw new Error(`Load ${index} was not started`);
    return found;
  };
  const read = async (): Promise<number | undefined> => {
    const next = loads.next();
    load(started[0] === undefined ? 0 : (lowest(open) ?? 0)).resolve();
    const index = await next;
    if (index !== undefined) open.delete(index);
    await settled();
    return index;
  };
  return { loads, started, load, read };
}

function lowest(open: ReadonlyMap<number, unknown>): number | undefined {
  return [...open.keys()].sort((a, b) => a - b)[0];
}

describe("the window", () => {
  it("starts nothing before something is asked for", async () => {
    const { started } = loader();
    await settled();
    expect(started).toEqual([]);
  });

  it("starts so many, and one more for each that is delivered", async () => {
    const { started, read } = loader({ window: 3 });
    const starts: number[] = [];
    for (let index = 0; index < 4; index++) {
      expect(await read()).toBe(index);
      starts.push(started.length);
    }
    expect(starts).toEqual([4, 5, 6, 7]);
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("does not move while the head is out, whoever else is done", async () => {
    const { loads, started, load } = loader({ window: 3 });
    void loads.next();
    for (const index of [1, 2]) load(index).resolve();
    await settled();
    expect(started).toEqual([0, 1, 2]);
  });

  it("grows to 40 while the head waits for a repeat, and only then", async () => {
    const { loads, started, load } = loader({ window: 3 });
    const next = loads.next();
    load(1).repeat();
    expect(started).toHaveLength(3);
    load(0).repeat();
    expect(started).toHaveLength(40);
    load(0).resolve();
    expect(await next).toBe(0);
    await settled();
    expect(started).toHaveLength(40);
  });

  it("grows for one that was to be repeated before it became the head", async () => {
    const { loads, started, load } = loader({ window: 3 });
    const first = loads.next();
    load(1).repeat();
    load(0).resolve();
    await first;
    expect(started).toHaveLength(4);
    void loads.next();
    expect(started).toHaveLength(41);
  });

  it("does not grow where it may not", () => {
    const { loads, started, load } = loader({ window: 3, mayGrow: false });
    void loads.next();
    load(0).repeat();
    expect(started).toHaveLength(3);
  });

  it("does not grow while nobody waits for the head", async () => {
    const { loads, started, load } = loader({ window: 3 });
    const first = loads.next();
    load(0).resolve();
    await first;
    load(1).repeat();
    await settled();
    expect(started).toHaveLength(4);
  });

  it("stays as wide as it is where that is more than 40", () => {
    const { loads, started, load } = loader({ window: 50 });
    void loads.next();
    load(0).repeat();
    expect(started).toHaveLength(50);
  });
});

describe("the order of delivery", () => {
  it("is that of the indexes, whatever comes first", async () => {
    const { loads, load } = loader({ pages: 4, window: 4 });
    const first = loads.next();
    for (const index of [3, 1, 2, 0]) load(index).resolve();
    const values = [await first];
    for (let read = 0; read < 4; read++) values.push(await loads.next());
    expect(values).toEqual([0, 1, 2, 3, undefined]);
  });

  it("ends for good, and at once where there is nothing", async () => {
    const { loads } = loader({ pages: 0 });
    expect([await loads.next(), await loads.next()]).toEqual([undefined, undefined]);
  });

  it("rejects when its turn comes, and not before", async () => {
    const { loads, load } = loader({ pages: 3 });
    const first = loads.next();
    load(1).reject(new Error("no"));
    load(2).reject(new Error("nobody hears this"));
    await settled();
    load(0).resolve();
    expect(await first).toBe(0);
    await expect(loads.next()).rejects.toThrow("no");
  });
});

describe("the bytes held", () => {
  it("of 256 MB are not passed, by what is there and what is to be expected", async () => {
    const { started, read } = loader({ window: 10, typicalBytes: 60 * MB, bytes: () => 60 * MB });
    expect(await read()).toBe(0);
    expect(started).toHaveLength(5);
    expect(await read()).toBe(1);
    expect(started).toHaveLength(6);
  });

  it("are reckoned with the largest that came", async () => {
    const { started, read } = loader({ window: 10, typicalBytes: MB, bytes: (index) => (index === 0 ? 100 * MB : MB) });
    await read();
    expect(started).toHaveLength(10);
    // Each of the ten may be as large as the first: there is room for another one beside a single one of them.
    for (let index = 1; index < 9; index++) expect(await read()).toBe(index);
    expect(started).toHaveLength(11);
  });

  it("never keep the one that is read next from being started", async () => {
    const { started, read } = loader({ window: 10, typicalBytes: 400 * MB, bytes: () => 400 * MB });
    for (let index = 0; index < 3; index++) expect(await read()).toBe(index);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it("bound the wider window too", () => {
    const { loads, started, load } = loader({ window: 4, typicalBytes: 20 * MB });
    void loads.next();
    load(0).repeat();
    expect(started).toHaveLength(12);
  });

  it("leave room again when a load turns out to be small", async () => {
    const { loads, started, load } = loader({ window: 10, typicalBytes: 100 * MB, bytes: () => MB });
    void loads.next();
    expect(started).toHaveLength(2);
    load(1).resolve();
    await settled();
    expect(started).toHaveLength(3);
  });
});
