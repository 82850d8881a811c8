import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";

/** Removes a working database with its log, what it has put aside for want of memory, and the file that was made of its rows. */
export async function removeWorkingFiles(database: string): Promise<void> {
  for (const ending of ["", ".wal", ".tmp", ".part", ".part.csv"]) {
    const path = `${database}${ending}`;
    // Where nothing is, nobody has to be allowed to write.
    if (existsSync(path)) await rm(path, { force: true, recursive: true });
  }
}
