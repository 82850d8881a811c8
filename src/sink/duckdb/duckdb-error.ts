import { EngageError } from "../../engage-error.ts";
import { DuplicateKeyError, reasonOf } from "../table/table-engine.ts";

// Texts of DuckDB 1.5 and of the operating systems beneath it.
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/no space left|file too large|quota exceeded|not enough space/i, "the disk is full; free some space and resume"],
  [/permission denied|access is denied/i, "it may not be written; change its permissions"],
  [/read-only/i, "it is read-only; open it for writing"],
  [/no such file or directory|cannot find the path/i, "its directory is missing; create it first"],
  [/not a directory|is a directory/i, "the path is no file in a directory; choose another"],
  [/different configuration/i, "this process has it open with other options; close that, or pass its `connection`"],
  [/transaction within a transaction/i, "its connection has a transaction open; end that first"],
  [
    /write-write conflict|conflict on|transaction conflict/i,
    "another export or statement of this process writes into the table; wait until that has ended",
  ],
  [/does not exist/i, "what it needs was dropped meanwhile; export again"],
  [/out of memory/i, "memory ran out; raise DuckDB's `memory_limit` and resume"],
];

const LOCKED = /could not set lock on file|used by another process/i;
const HOLDER = /held in (?:(.+) )?\(PID (\d+)\)/;
const DUPLICATE = /primary key/i;
const NO_DATABASE = /not a valid DuckDB database|read a database file with version|encrypted/i;

/** Why a database could not be opened, in words. */
export function openError(error: unknown, path: string): EngageError {
  if (error instanceof EngageError) return error;
  const reason = reasonOf(error);
  if (LOCKED.test(reason)) {
    const [, program, pid] = HOLDER.exec(reason) ?? [];
    const holder =
      pid === undefined ? "another process" : `process ${pid}${program === undefined ? "" : ` (${program})`}`;
    const message = `Cannot open the database, ${holder} has it open; end that one first, or export into another file: ${path}`;
    return new EngageError("locked", message, { cause: error });
  }
  if (NO_DATABASE.test(reason)) {
    const message = `Cannot open the database, DuckDB cannot read the file that is there (${reason}); choose another file: ${path}`;
    return new EngageError("table-mismatch", message, { cause: error });
  }
  return failure("open", error, path);
}

/** Runs `work`, and says in words why it failed. A {@link DuplicateKeyError} stays what it is. */
export async function inWords<Result>(database: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DuplicateKeyError ? error : writeError(error, database);
  }
}

/** What an append failed with: a {@link DuplicateKeyError} where an id is there already. */
export function appendError(error: unknown): unknown {
  return DUPLICATE.test(String(error)) ? new DuplicateKeyError("An id is there already", { cause: error }) : error;
}

/** Why a statement or an append failed, in words. */
function writeError(error: unknown, database: string): EngageError {
  return failure("write to", error, database);
}

function failure(doing: string, error: unknown, database: string): EngageError {
  const reason = reasonOf(error);
  const [, advice] = REASONS.find(([pattern]) => pattern.test(reason)) ?? [];
  // What DuckDB says of a file that it cannot open is in the advice already, but for names of its own.
  const isSaid = advice !== undefined && doing === "open";
  const why = isSaid ? advice : `${advice ?? "DuckDB gave up"} (${reason})`;
  return new EngageError("write-failed", `Cannot ${doing} the database, ${why}: ${database}`, { cause: error });
}
