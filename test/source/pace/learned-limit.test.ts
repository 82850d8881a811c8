import { describe, expect, it } from "vitest";
import { LearnedLimit } from "../../../src/source/pace/learned-limit.ts";

/** A limit with requests that are sent as far as it allows, and end in the order in which they were sent. */
function limitOf(most = 5) {
  const changes: number[] = [];
  const limit = new LearnedLimit(most, (_, to) => changes.push(to));
  const inFlight: number[] = [];
  const send = (): void => {
    while (inFlight.length < limit.allowed) inFlight.push(limit.sent(inFlight.length + 1));
  };
  const succeed = (pages = 1, now = 0): void => {
    for (let page = 0; page < pages; page++) {
      send();
      limit.succeeded(inFlight.shift() ?? 0, now);
    }
  };
  const refuse = (notBefore = 0): void => {
    send();
    inFlight.pop();
    limit.refused(inFlight.length, notBefore);
  };
  return { limit, changes, send, succeed, refuse };
}

describe("LearnedLimit", () => {
  it("begins with as many as are wanted, and never allows more", () => {
    const { limit, changes, succeed } = limitOf(3);
    succeed(100);
    expect([limit.allowed, changes]).toEqual([3, []]);
  });

  it("is lowered by every refusal of a first volley, not by the first alone", () => {
    const { limit, changes, send, refuse } = limitOf();
    send();
    for (let refusal = 0; refusal < 3; refusal++) refuse();
    expect([limit.allowed, changes]).toEqual([2, [4, 3, 2]]);
  });

  it("is lowered to those who are in flight where that is fewer, and never below one", () => {
    const { limit } = limitOf();
    limit.refused(2, 0);
    expect(limit.allowed).toBe(2);
    limit.refused(0, 0);
    limit.refused(0, 0);
    expect(limit.allowed).toBe(1);
  });

  it("tries one more after 20 pages, and again 20 pages after that was refused", () => {
    const { changes, succeed, refuse } = limitOf(3);
    refuse();
    succeed(19);
    expect(changes).toEqual([2]);
    for (let trial = 0; trial < 3; trial++) {
      succeed();
      expect(changes.splice(0)).toEqual(trial === 0 ? [2, 3] : [3]);
      refuse();
      succeed(19);
      expect(changes.splice(0)).toEqual([2]);
    }
  });

  it("is raised by each page once a trial has succeeded, up to all that are wanted", () => {
    const { limit, succeed, refuse } = limitOf();
    for (let refusal = 0; refusal < 3; refusal++) refuse();
    succeed(20);
    expect(limit.allowed).toBe(3);
    const seen: number[] = [];
    for (let page = 0; page < 6; page++) {
      succeed();
      seen.push(limit.allowed);
    }
    expect(seen).toEqual([3, 4, 5, 5, 5, 5]);
  });

  it("learns nothing from requests that were sent before the trial, or before its refusal", () => {
    const { limit, succeed, refuse } = limitOf(3);
    refuse();
    const before = limit.sent(1);
    succeed(20);
    const during = limit.sent(3);
    limit.succeeded(before, 0);
    refuse();
    limit.succeeded(during, 0);
    expect(limit.allowed).toBe(2);
    succeed(18);
    expect(limit.allowed).toBe(2);
    succeed();
    expect(limit.allowed).toBe(3);
  });

  it("waits with a trial until there are enough requests to make one", () => {
    const { limit, refuse, succeed } = limitOf();
    for (let refusal = 0; refusal < 3; refusal++) refuse();
    succeed(20);
    for (let page = 0; page < 50; page++) limit.succeeded(limit.sent(1), 0);
    expect(limit.allowed).toBe(3);
    limit.succeeded(limit.sent(3), 0);
    expect(limit.allowed).toBe(4);
  });

  it("tries nothing before the time that the server named", () => {
    const { limit, refuse, succeed } = limitOf(2);
    refuse(60_000);
    succeed(100, 59_999);
    expect(limit.allowed).toBe(1);
    succeed(1, 60_000);
    expect(limit.allowed).toBe(2);
  });
});
