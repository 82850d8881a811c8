import { describe, expect, test } from "vitest";
import { postgresError, refusalOf } from "../../../src/sink/postgres/postgres-error.ts";

const failed = (code: string, message: string) => Object.assign(new Error(message), { code });

describe("postgresError", () => {
  test.each([
    ["53100", "could not extend file", "the server's disk is full or broken; free some space and resume"],
    ["53300", "too many clients already", "the server has no connection left; close another one"],
    ["57P01", "terminating connection", "the connection was lost"],
    ["42501", "permission denied", "the role has no right to do that; grant it"],
    ["40P01", "deadlock detected", "somebody else changes the same table; end that transaction and resume"],
  ])("says %s in words, and keeps the server's own", (code, message, words) => {
    const error = postgresError(failed(code, message), "write to", "db:5432/people");
    expect(error).toMatchObject({ code: "write-failed" });
    expect(error.message).toMatch(/^Cannot write to the database, .+: db:5432\/people$/);
    expect(error.message).toContain(words);
    expect(error.message).toContain(message);
  });

  test("an error that it does not know is told as it came", () => {
    const error = postgresError(failed("XX000", "odd"), "open", "db:5432/people");
    expect(error.message).toBe("Cannot open the database, Postgres gave up (odd (XX000)): db:5432/people");
  });
});

describe("refusalOf", () => {
  test("a full disk is no fault of a row", () => {
    expect(refusalOf(failed("53100", "could not extend file"))).toBeUndefined();
    expect(refusalOf(failed("22P05", "no equivalent"))).toBe("it holds a character that the database's encoding lacks");
  });
});
