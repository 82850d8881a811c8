import { type EngageErrorCode, isEngageError } from "../engage-error.ts";

/** What the shell hears. */
export const EXIT = { complete: 0, failed: 1, usage: 2, account: 3, rateLimited: 4, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Partial<Record<EngageErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  "table-exists": EXIT.usage,
  "table-not-found": EXIT.usage,
  "table-mismatch": EXIT.usage,
  "checkpoint-mismatch": EXIT.usage,
  locked: EXIT.usage,
  unauthorized: EXIT.account,
  plan: EXIT.account,
  forbidden: EXIT.account,
  "rate-limited": EXIT.rateLimited,
};

/** The exit code of an export that ended with `error`. */
export function exitCode(error: unknown): ExitCode {
  return (isEngageError(error) && BY_CODE[error.code]) || EXIT.failed;
}
