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

  test("is over with the second signal, whichever it is", () => {
    signalled.emit("SIGTERM");
    signalled.emit("SIGINT");
    expect(signalled.kill).toHaveBeenCalledExactlyOnceWith(42, "SIGINT");
    // Nothing stands between the signal and the process.
    expect(signalled.eventNames()).toEqual([]);
  });
});
