import { describe, expect, test } from "vitest";
import { oneByOne } from "../../../src/sink/table/table-engine.ts";

describe("oneByOne", () => {
  test("a work starts when the one before has ended, even where that failed, and each gives its own outcome", async () => {
    const inTurn = oneByOne();
    const told: string[] = [];
    const work = (name: string, outcome: () => string) => async () => {
      told.push(`${name} begins`);
      await Promise.resolve();
      told.push(`${name} ends`);
      return outcome();
    };
    const fail = (): string => {
      throw new Error("no");
    };
    const outcomes = await Promise.allSettled([inTurn(work("a", fail)), inTurn(work("b", () => "yes"))]);
    expect(outcomes).toMatchObject([{ status: "rejected" }, { status: "fulfilled", value: "yes" }]);
    expect(told).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });
});
