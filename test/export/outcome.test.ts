import { expect, it } from "vitest";
import { Outcome } from "../../src/export/outcome.ts";

it("settles once", async () => {
  const outcome = new Outcome<number>();
  outcome.resolve(1);
  outcome.resolve(2);
  outcome.reject(new Error("too late"));
  expect(await outcome.promise).toBe(1);
});

it("rejects for whoever looks, and for nobody else", async () => {
  const reason = new Error("no");
  const seen = new Outcome<number>();
  seen.reject(reason);
  await expect(seen.promise).rejects.toBe(reason);
  new Outcome<number>().reject(reason);
  await new Promise((resolve) => setImmediate(resolve));
});
