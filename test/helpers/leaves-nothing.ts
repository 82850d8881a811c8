import { afterAll, expect, vi } from "vitest";

// Files share a process: a global that one of them leaves changed would befall the next, which then waits for a timer
// that never fires. So it is put back, and the file that left it fails.
const NAMES = ["setTimeout", "clearTimeout", "setImmediate", "Date", "performance", "fetch", "WebAssembly"] as const;
const KEPT = Symbol.for("engage-export.test-globals");

const shared: typeof globalThis & { [KEPT]?: ReadonlyMap<string, PropertyDescriptor | undefined> } = globalThis;
shared[KEPT] ??= new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
const kept = shared[KEPT];

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  const changed: string[] = [];
  for (const [name, descriptor] of kept) {
    const now = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor === undefined || (now?.value === descriptor.value && now?.get === descriptor.get)) continue;
    changed.push(name);
    Object.defineProperty(globalThis, name, descriptor);
  }
  expect(changed, "globals that this file leaves changed").toEqual([]);
});
