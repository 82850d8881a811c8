import { afterEach, beforeEach, vi } from "vitest";

/** When fake time begins. */
export const NOW = Date.parse("2026-01-02T03:04:05.000Z");

/** Fakes timers, the clock and the date in every test of a file. */
export function fakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Lets everything happen that needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets so many milliseconds pass, and everything happen that is due in them. */
export async function elapse(milliseconds: number): Promise<void> {
  await settled();
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settled();
}

/** Lets as much time pass as `work` needs. */
export async function inFakeTime<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  for (let idle = 0; idle < 20; idle++) {
    await settled();
    if (isDone) return work;
    if (vi.getTimerCount() === 0) continue;
    vi.advanceTimersToNextTimer();
    idle = 0;
  }
  throw new Error("Nothing is going to happen any more");
}
