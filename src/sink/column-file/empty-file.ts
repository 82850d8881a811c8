import { open, rm } from "node:fs/promises";

/** Makes a file that only its owner can read, in the place of whatever is there: DuckDB would let everyone read it. */
export async function makeEmptyFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await (await open(path, "wx", 0o600)).close();
}
