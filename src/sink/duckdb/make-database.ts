import { constants, copyFileSync, linkSync, readlinkSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { codeOf } from "../file/file-error.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { NativeDuckDB } from "./native-duckdb.ts";

/** The first version of DuckDB's files that has zstd, of February 2025. By itself DuckDB makes them for 1.0. */
const STORAGE_VERSION = "v1.2.0";

const MOST_LINKS = 40;

/**
 * Makes a database whose file has a version that only `ATTACH` can ask for. It gets its name when it is whole.
 *
 * @param path absolute; a symbolic link there is followed, also one whose target is missing
 * @returns false if there is a file of that name by then, which stays as it is
 */
export async function makeDatabase({ api }: NativeDuckDB, path: string): Promise<boolean> {
  const target = behindLinks(path);
  const aside = join(dirname(target), `.${crypto.randomUUID()}.duckdb`);
  const instance = await api.DuckDBInstance.create(":memory:");
  try {
    const connection = await instance.connect();
    await connection.run(`ATTACH ${sqlLiteral(aside)} AS made (STORAGE_VERSION '${STORAGE_VERSION}'); DETACH made`);
    // The log of a database that was deleted would be replayed into the new one; DuckDB removes it too.
    rmSync(`${target}.wal`, { force: true });
    return placeFile(aside, target);
  } finally {
    instance.closeSync();
    rmSync(aside, { force: true });
  }
}

/** The file that a symbolic link leads to, though it may be missing. */
export function behindLinks(path: string): string {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      target = resolve(dirname(target), readlinkSync(target));
    } catch {
      break;
    }
  }
  return target;
}

/** Gives a file another name; false if that is taken. */
function placeFile(aside: string, target: string): boolean {
  try {
    linkSync(aside, target);
  } catch {
    // The name is taken, or the file system has no hard links.
    try {
      copyFileSync(aside, target, constants.COPYFILE_EXCL);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  }
  return true;
}
