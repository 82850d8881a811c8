import { join, resolve } from "node:path";
import type { PartStore } from "./part-store.ts";

/** The database in which the rows of an export collect if its parts can be written at the end only. */
export function partsWorkingPath({ workingDirectory = "" }: Pick<PartStore, "workingDirectory">, id: string): string {
  // Readers of directories skip a name that begins so.
  return join(resolve(workingDirectory), `_engage-export-${id}.duckdb`);
}
