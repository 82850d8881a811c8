import { describe, expect, it } from "vitest";
import { rateLimitOf, retryAfterOf } from "../../../src/source/pace/rate-limit-headers.ts";
import { NOW } from "../../helpers/fake-time.ts";

const POLICY = '"project";q=60;w=3600, "project-concurrency";q=5;qu="concurrent-requests"';

function headers(rateLimit?: string, retryAfter?: string): Headers {
  return new Headers({
    "RateLimit-Policy": POLICY,
    ...(rateLimit !== undefined && { RateLimit: rateLimit }),
    ...(retryAfter !== undefined && { "Retry-After": retryAfter }),
  });
}

describe("retryAfterOf", () => {
  it.each([
    ["30", 30_000],
    ["2.5", 2_500],
    [".5", 500],
    ["1.", 1_000],
    ["+7", 7_000],
    [" 30 ", 30_000],
    ["0", 0],
    ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
    ["Friday, 02-Jan-26 03:04:15 GMT", 10_000],
    ["Fri Jan  2 03:04:15 2026", 10_000],
    ["Fri, 02 Jan 2026 03:04:05 GMT", 0],
  ])("takes %j as %i ms", (text, wait) => {
    expect(retryAfterOf(headers(undefined, text), NOW)).toBe(wait);
  });

  it.each([
    "-5",
    "-0.1",
    "Fri, 02 Jan 2026 03:04:04 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "soon",
    "in 5 minutes",
    "inf",
    "Infinity",
    "NaN",
    "1e3",
    "0x10",
    "1,000",
    "30s",
    "30 seconds",
    "",
    " ",
    "2026-13-45",
    "Fri, 99 Foo 2026 25:61:61 GMT",
  ])("takes %j as nothing said", (text) => {
    expect(retryAfterOf(headers(undefined, text), NOW)).toBeUndefined();
  });

  it("measures a date by the answer's own, so that a computer's clock that is wrong changes nothing", () => {
    const answer = headers(undefined, "Fri, 02 Jan 2026 03:04:15 GMT");
    answer.set("Date", "Fri, 02 Jan 2026 03:04:05 GMT");
    for (const now of [NOW - 3_600_000, NOW, NOW + 3_600_000]) expect(retryAfterOf(answer, now)).toBe(10_000);
    answer.set("Date", "today");
    expect(retryAfterOf(answer, NOW)).toBe(10_000);
  });

  it("says nothing where the header is missing", () => {
    expect(retryAfterOf(new Headers(), NOW)).toBeUndefined();
  });

  it.each([
    ["14 digits", "9".repeat(14)],
    ["300 digits", "9".repeat(300)],
    ["400 digits", "9".repeat(400)],
    ["the last year", "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("takes a time beyond all bounds as a year, whose end can still be told: %s", (_, text) => {
    expect(retryAfterOf(headers(undefined, text), NOW)).toBe(365 * 24 * 3_600_000);
  });
});

describe("rateLimitOf", () => {
  it.each([
    ["the hour is used up", '"project";r=0;t=3600, "project-concurrency";r=3', "3600", "window", 3_600_000],
    ["no Retry-After", '"project";r=0;t=120, "project-concurrency";r=3', undefined, "window", 120_000],
    ["Retry-After beats t", '"project";r=0;t=3600', "7", "window", 7_000],
    ["a Retry-After that says nothing", '"project";r=0;t=120', "soon", "window", 120_000],
    ["no time at all", '"project";r=0', undefined, "window", undefined],
    ["both are used up", '"project";r=0;t=60, "project-concurrency";r=0;t=10', undefined, "window", 60_000],
    ["too many at once", '"project";r=12, "project-concurrency";r=0;t=10', undefined, "concurrency", 10_000],
    ["too many at once, without a time", '"project-concurrency";r=0', undefined, "concurrency", undefined],
    ["too many at once, with Retry-After", '"project";r=12, "project-concurrency";r=0;t=10', "2", "concurrency", 2_000],
    ["other order", '"project-concurrency";r=3, "project";t=5;r=0', undefined, "window", 5_000],
    ["other white space", ' "project" ; r=0 ; t=5 ,"project-concurrency";r=3', undefined, "window", 5_000],
    ["no quotes", "project;r=0;t=5", undefined, "window", 5_000],
    ["below nothing left", '"project";r=-1;t=5', undefined, "window", 5_000],
    ["a time that is no number", '"project";r=0;t=soon', undefined, "window", undefined],
    ["a time in the past", '"project";r=0;t=-5', undefined, "window", undefined],
    ["no headers", undefined, undefined, "load-shedding", undefined],
    ["Retry-After alone", undefined, "3", "load-shedding", 3_000],
    ["something left of both", '"project";r=12, "project-concurrency";r=1', undefined, "load-shedding", undefined],
    ["a number left out", '"project";r=;t=5', undefined, "load-shedding", undefined],
    ["another limit", '"other";r=0;t=5', undefined, "load-shedding", undefined],
    ["nonsense", ";;=,,r=0;__proto__=0", undefined, "load-shedding", undefined],
    ["nothing", "", undefined, "load-shedding", undefined],
  ])("tells the shape and the wait: %s", (_, rateLimit, retryAfter, shape, wait) => {
    expect(rateLimitOf(headers(rateLimit, retryAfter), NOW)).toMatchObject({ shape, wait });
  });

  it("tells a wait that Retry-After asks for from the server's guess at when a query ends", () => {
    const rateLimit = '"project-concurrency";r=0;t=10';
    expect(rateLimitOf(headers(rateLimit), NOW)).toMatchObject({ wait: 10_000, retryAfter: undefined });
    expect(rateLimitOf(headers(rateLimit, "2"), NOW)).toMatchObject({ wait: 2_000, retryAfter: 2_000 });
  });
});
