import { EngageError } from "../../engage-error.ts";
import type { ProfileColumns } from "../columns/profile-columns.ts";
import { quoteIdentifier } from "./sql-text.ts";
import type { TableName } from "./table-name.ts";

/** A value bound to a statement. */
export type SqlValue = string | number | boolean | null;

/** A record of a result: JSON as text, whole numbers as number or bigint. */
export type SqlRecord = Readonly<Record<string, unknown>>;

/** What an export needs of a database, whichever DuckDB it is. Rejections are `EngageError`, but for {@link DuplicateKeyError}. */
export interface TableEngine {
  /** Types of a column that holds JSON: the first is what one is made as, the others are as good. */
  readonly jsonTypes: readonly [string, ...string[]];
  /** After how many rows of a table its log is to be brought into its file; undefined if the database sees to that itself. */
  readonly rowsPerCheckpoint: number | undefined;
  /** Runs one statement, or several without values; the records are those of the first that has any. */
  query(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRecord[]>;
  /** Opens a table for rows. */
  appender(name: TableName): Promise<TableAppender>;
  /** Rejects if it can be seen that another instance of DuckDB in this process writes the database: one would overwrite the other. */
  checkOneInstance(catalog: string): Promise<void>;
  /** Gives up everything that is not committed, and what this engine opened. */
  close(): Promise<void>;
  /** After {@link close}: rejects if a table lacks rows and {@link checkOneInstance} sees nothing. */
  confirm(name: TableName, rows: number): Promise<void>;
}

/** Appends rows to one table, as part of the transaction that is open. */
export interface TableAppender {
  /**
   * Rejects with {@link DuplicateKeyError} if an id is there already. After a rejection nothing is left in the appender,
   * and the transaction must be rolled back.
   */
  append(rows: ProfileColumns): Promise<void>;
  close(): void;
}

/** An id is there already. */
export class DuplicateKeyError extends Error {
  override readonly name = "DuplicateKeyError";
}

/** Brings what is committed into the database's file, so no log remains beside it. */
export async function checkpoint(engine: TableEngine, catalog: string): Promise<void> {
  try {
    await engine.query(`CHECKPOINT ${quoteIdentifier(catalog)}`);
  } catch (error) {
    // Somebody else is in the middle of a transaction: DuckDB checkpoints when the last connection closes.
    if (!String(error).includes("other write transactions")) throw error;
  }
}

/** Rejects if a transaction is open on the connection: to begin another one would lose what that one has written. */
export async function checkNoTransaction(engine: TableEngine): Promise<void> {
  const current = async () => (await engine.query("SELECT txid_current() AS id"))[0]?.id;
  const first = await current();
  if (first !== (await current())) return;
  throw new EngageError("write-failed", "Cannot use the connection, it has a transaction open; end that first");
}

/** Runs `work` in a transaction. */
export async function inTransaction<Result>(engine: TableEngine, work: () => Promise<Result>): Promise<Result> {
  // If it fails, the transaction that is open is somebody else's.
  await engine.query("BEGIN TRANSACTION");
  return orRollBack(engine, async () => {
    const result = await work();
    await engine.query("COMMIT");
    return result;
  });
}

/** Runs `work` in a transaction, and rolls it back in any case. */
export async function rolledBack(engine: TableEngine, work: () => Promise<void>): Promise<void> {
  await engine.query("BEGIN TRANSACTION");
  await orRollBack(engine, work);
  await engine.query("ROLLBACK");
}

/** Runs `work`, which ends the transaction that is open, and rolls back if it fails. */
export async function orRollBack<Result>(engine: TableEngine, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // A transaction that the database gave up itself has nothing to roll back; the first error is the one to tell.
    await engine.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** Starts each work when those before it have ended, whatever became of them. */
export function oneByOne(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** What DuckDB said: its texts go on over several lines with the statement, hints and stack. */
export function reasonOf(error: unknown): string {
  const { cause = error } = error instanceof EngageError ? error : {};
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split("\n").find((line) => line.trim() !== "") ?? text;
}
