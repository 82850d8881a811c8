import { describe, expect, test } from "vitest";
import { exitCode } from "../../src/cli/exit-code.ts";
import { EngageError, type EngageErrorCode } from "../../src/engage-error.ts";

const CODES: Record<EngageErrorCode, number> = {
  unauthorized: 3,
  plan: 3,
  forbidden: 3,
  "rate-limited": 4,
  usage: 2,
  "table-exists": 2,
  "table-not-found": 2,
  "table-mismatch": 2,
  "checkpoint-mismatch": 2,
  locked: 2,
  "not-found": 1,
  "bad-request": 1,
  "session-expired": 1,
  server: 1,
  network: 1,
  timeout: 1,
  "bad-response": 1,
  incomplete: 1,
  "write-failed": 1,
};

describe("exitCode", () => {
  test.each(Object.entries(CODES))("an export that ends with %s exits with %i", (code, exit) => {
    expect(exitCode(new EngageError(code as EngageErrorCode, "because"))).toBe(exit);
  });

  test("an error that nobody foresaw exits with 1", () => {
    expect(exitCode(new TypeError("oh"))).toBe(1);
  });
});
