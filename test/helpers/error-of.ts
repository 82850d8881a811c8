import { EngageError } from "../../src/engage-error.ts";

/** The {@link EngageError} that `act` throws or rejects with; fails where it does neither. */
export function errorOf(act: () => Promise<unknown>): Promise<EngageError>;
export function errorOf(act: () => unknown): EngageError;
export function errorOf(act: () => unknown): EngageError | Promise<EngageError> {
  let outcome: unknown;
  try {
    outcome = act();
  } catch (error) {
    return asEngageError(error);
  }
  if (!(outcome instanceof Promise)) throw new Error("Nothing was thrown");
  return outcome.then(() => {
    throw new Error("Nothing was thrown");
  }, asEngageError);
}

function asEngageError(error: unknown): EngageError {
  if (error instanceof EngageError) return error;
  throw error;
}
