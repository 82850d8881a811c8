import { open, readFile, rename, rm } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "./file-error.ts";
import { statOf, syncDirectoryOf } from "./output-file.ts";

/**
 * Reads a small file of ours, or undefined if there is none.
 *
 * @param isValid whether what it holds can be gone on from
 * @throws {EngageError} `usage`, if it cannot be read or holds something else
 */
export async function readJsonFile<Content>(
  path: string,
  isValid: (value: unknown) => value is Content,
): Promise<Content | undefined> {
  const unreadable = (why: string, cause?: unknown): never => {
    throw unreadableState(path, why, cause);
  };
  const found = await statOf(path).catch((error) => unreadable(reasonOf(error), error));
  // Reading a pipe would never end.
  if (found !== undefined && !found.isFile()) unreadable("the checkpoint is no file");
  const text = await readFile(path, "utf8").catch((error) =>
    error.code === "ENOENT" ? undefined : unreadable(reasonOf(error), error),
  );
  if (text === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return unreadable("the checkpoint is no JSON", error);
  }
  return isValid(content) ? content : unreadable("the checkpoint is damaged, or of another version");
}

/** What an interrupted export left cannot be gone on from. */
export function unreadableState(path: string, why: string, cause?: unknown): EngageError {
  return new EngageError("usage", `Cannot read how far the export got, ${why}; remove it to start over: ${path}`, {
    cause,
  });
}

/** Puts a small file in place whole or not at all, even if the power fails, and never through a link. */
export async function writeJsonFile(path: string, content: unknown): Promise<void> {
  const aside = `${path}.tmp`;
  await rm(aside, { force: true });
  const handle = await open(aside, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(content));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, path);
  await syncDirectoryOf(path);
}

export async function removeJsonFile(path: string): Promise<void> {
  await rm(`${path}.tmp`, { force: true });
  await rm(path, { force: true });
  await syncDirectoryOf(path);
}
