import { accessSync, closeSync, constants, lstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { EngageError, type EngageErrorCode } from "../../engage-error.ts";
import { orAborted } from "../../when-aborted.ts";
import { absolutePath, codeOf, reasonOf } from "../file/file-error.ts";
import { sinkChecks } from "../table/table-sink-options.ts";
import { behindLinks, makeDatabase } from "./make-database.ts";
import type { NativeDuckDB } from "./native-duckdb.ts";
import { openDescriptors } from "./open-descriptors.ts";

/** A file that holds a database, or will. */
export interface DatabaseFile {
  /** As it was given, for messages. */
  readonly asked: string;
  /** Absolute. */
  readonly path: string;
}

/** It takes a moment, unless all of the threads have long statements to run. Milliseconds. */
const LONGEST_LOOK = 30_000;
const MAGIC = "DUCK";
const MAGIC_OFFSET = 8;
const OTHER_KINDS: readonly (readonly [start: string, kind: string])[] = [
  ["SQLite format 3\0", "the file is an SQLite database"],
  ["PAR1", "the file is a Parquet file"],
];

/** Throws `usage` unless `path` names a file. */
export function checkPath(path: unknown): void {
  const text = sinkChecks.text("path", path);
  if (text.startsWith(":memory:")) {
    sinkChecks.refuse("path", "must be a file, since what is in memory ends with the sink", text);
  }
  // DuckDB would look for it in the network.
  if (/^\w{2,}:/.test(text)) {
    const rule =
      "must be a file, and DuckDB takes what is before the colon for an extension or a protocol; put ./ before the name of a file";
    sinkChecks.refuse("path", rule, text);
  }
  if (/[\\/]$/.test(text)) sinkChecks.refuse("path", "must be a file, not a directory", text);
}

/** The file that DuckDB means by `path`: it puts the home directory in the place of `~`. */
export function databaseFile(asked: string): DatabaseFile {
  return { asked, path: absolutePath(asked.replace(/^~(?=[\\/]|$)/, homedir())) };
}

/** Whether the file is there. */
export function fileExists(file: DatabaseFile): boolean {
  return statOf(file) !== undefined;
}

/**
 * Makes a file fit to be opened. It makes a database if there is none. It refuses what is no database, and what another
 * instance of DuckDB in this process has open: each would overwrite what the other writes.
 *
 * @returns whether an instance of this process has it open already, which `DuckDBInstance.fromCache` will share
 */
export async function prepareFile(native: NativeDuckDB, file: DatabaseFile): Promise<boolean> {
  checkDirectory(file);
  const found = statOf(file);
  if (found === undefined) {
    checkPlace(file);
    const isOpen = (await isCached(native, file)) || isWritten(`${file.path}.wal`);
    if (!isOpen && (await makeDatabase(native, file.path))) return false;
    // Somebody else may have made it meanwhile.
    if (fileExists(file)) return prepareFile(native, file);
    return fail("write-failed", "its file was deleted while this process has it open; close it first", file);
  }
  checkKind(found, file);
  const { reading, writing } = openDescriptors(file.path) ?? { reading: 0, writing: 0 };
  if (reading + writing === 0) checkFirstBytes(file);
  if (writing > 1 || (writing === 1 && !(await isCached(native, file)))) failForInstance(file);
  return writing > 0;
}

/** Refuses a directory with a question mark in its name: DuckDB puts the `.wal` of the log before it. */
export function checkDirectory(file: DatabaseFile): void {
  if (dirname(file.path).includes("?")) {
    fail("usage", "DuckDB keeps no database in a directory whose name holds a ?; choose another one", file);
  }
}

/** Refuses a file that is there and holds no database; to open a pipe would never end. */
export function checkFound(file: DatabaseFile): void {
  const found = statOf(file);
  if (found === undefined) return;
  checkKind(found, file);
  checkFirstBytes(file);
}

/** Whether it can be seen that a file is open in more than one instance of this process; if so, rejects. */
export function checkOneInstance(file: DatabaseFile): boolean {
  const open = openDescriptors(file.path);
  if (open !== undefined && open.writing > 1) failForInstance(file);
  return open !== undefined;
}

function failForInstance(file: DatabaseFile): never {
  const reason =
    "this process has it open in another instance of DuckDB, and one would overwrite the other; close that one, pass its connection, or open it by DuckDBInstance.fromCache";
  return fail("locked", reason, file);
}

function fail(code: EngageErrorCode, reason: string, { asked }: DatabaseFile): never {
  throw new EngageError(code, `Cannot open the database, ${reason}: ${asked}`);
}

/** Whether DuckDB could make the file, and its log beside it. */
function checkPlace(file: DatabaseFile): void {
  const target = behindLinks(file.path);
  try {
    accessSync(dirname(target), constants.W_OK);
    lstatSync(`${target}.wal`, { throwIfNoEntry: false });
  } catch (error) {
    const isMissing = codeOf(error) === "ENOENT";
    fail("write-failed", isMissing ? "its directory is missing; create it first" : reasonOf(error), file);
  }
}

function checkKind(found: Stats, { asked }: DatabaseFile): void {
  if (found.isFile()) return;
  const kind = found.isDirectory() ? "a directory" : "a pipe or a device";
  sinkChecks.refuse("path", `must be a file, not ${kind}`, asked);
}

function isWritten(path: string): boolean {
  return (openDescriptors(path)?.writing ?? 0) > 0;
}

/** Undefined also if it cannot be looked at: DuckDB says why. */
function statOf({ path }: DatabaseFile): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** DuckDB would fetch an extension for the file of another database. */
function checkFirstBytes(file: DatabaseFile): void {
  const head = firstBytes(file);
  if (head === undefined || head.startsWith(MAGIC, MAGIC_OFFSET)) return;
  const other = OTHER_KINDS.find(([start]) => head.startsWith(start))?.[1] ?? "the file is no DuckDB database";
  fail("table-mismatch", `${head === "" ? "the file is empty" : other}; choose another file`, file);
}

/** Undefined if they cannot be read: DuckDB says why. */
function firstBytes({ path }: DatabaseFile): string | undefined {
  try {
    const descriptor = openSync(path, "r");
    try {
      const bytes = new Uint8Array(16);
      return String.fromCharCode(...bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0)));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/**
 * Whether `DuckDBInstance.fromCache` has the file open, by whatever name. It refuses another configuration of a file that
 * it has open, and refuses an option that does not exist before it opens one.
 */
async function isCached({ api }: NativeDuckDB, file: DatabaseFile): Promise<boolean> {
  const asking = api.DuckDBInstance.fromCache(file.path, { engage_export_looks: "" }).then((instance) =>
    instance.closeSync(),
  );
  // Without an end DuckDB waits for a connection whose instance was closed before it.
  const late = AbortSignal.timeout(LONGEST_LOOK);
  try {
    await orAborted(asking, late);
    return false;
  } catch (error) {
    if (late.aborted)
      fail("locked", "this process has a connection to it whose instance is closed; close it too", file);
    return /different configuration/i.test(String(error));
  }
}
