import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Interruption } from "../../src/cli/interruption.ts";
import { elapse, fakeTime } from "../helpers/fake-time.ts";

fakeTime();

class SignalledProcess extends EventEmitter {
  readonly pid = 42;
  readonly kill = vi.fn();
  readonly exit = vi.fn();
}

describe("Interruption", () => {
  let signalled = new SignalledProcess();
  let interruption = new Interruption(signalled);
  beforeEach(() => {
    signalled = new SignalledProcess();
    interruption = new Interruption(signalled);
  });

  test("begins with the first signal, and leaves 40 s to end in good order", async () => {
    expect(interruption.signal.aborted).toBe(false);
    signalled.emit("SIGTERM");
    expect(interruption.signal.aborted).toBe(true);
    await elapse(39_999);
    expect(signalled.kill).not.toHaveBeenCalled();
    await elapse(1);
    expect(signalled.kill).toHaveBeenCalledExactlyOnceWith(42, "SIGTERM");
    expect(signalled.exit).toHaveBeenCalledExactlyOnceWith(130);
  });

  test("takes a signal that comes twice within half a second for one, and leaves later ones to the system", async () => {
    signalled.emit("SIGINT");
    await elapse(499);
    signalled.emit("SIGINT");
    expect(signalled.kill).not.toHaveBeenCalled();
    await elapse(1);
    expect(signalled.eventNames()).toEqual([]);
  });
});
