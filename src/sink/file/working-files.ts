import { rm } from "node:fs/promises";

/** Removes a working database with its log, what it has put aside for want of memory, and the file that was made of its rows. */
export async function removeWorkingFiles(database: string): Promise<void> {
  for (const ending of ["", ".wal", ".tmp", ".part", ".part.csv"]) {
    await rm(`${database}${ending}`, { force: true, recursive: true });
  }
}
