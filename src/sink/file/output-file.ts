import { constants, type Stats } from "node:fs";
import { chmod, chown, link, lstat, open, readlink, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { EngageError } from "../../engage-error.ts";
import { absolutePath, codeOf, reasonOf } from "./file-error.ts";

/** What stands where a file is meant to be. */
export interface OutputFile {
  /** As it was given, for messages. */
  readonly asked: string;
  /** Behind all symbolic links, as a shell's `>` follows them; it may not exist. */
  readonly path: string;
  /** Where the file grows until it is finished. */
  readonly part: string;
  /** Undefined if nothing stands there. */
  readonly found: Stats | undefined;
}

const MOST_LINKS = 40;

/**
 * Finds the file that a path leads to, also behind a link whose target does not exist yet.
 *
 * @throws {EngageError} `usage`, for a directory and for what is no file
 */
export async function findOutputFile(asked: string): Promise<OutputFile> {
  if (typeof asked !== "string" || asked === "" || asked.includes("\0")) refuse("it is no file name", String(asked));
  try {
    const path = await followLinks(asked);
    const found = await statOf(path);
    if (found?.isDirectory() || asked.endsWith("/")) refuse("it is a directory", asked);
    if (found !== undefined && !found.isFile()) refuse("it is a pipe or a device and no file", asked);
    return { asked, path, part: `${path}.part`, found };
  } catch (error) {
    if (error instanceof EngageError) throw error;
    throw new EngageError("usage", `Cannot write there, ${reasonOf(error)}: ${asked}`, { cause: error });
  }
}

/** Refuses an output: nothing was requested, nothing written. */
export function refuse(problem: string, path: string): never {
  throw new EngageError("usage", `Cannot write there, ${problem}: ${path}`);
}

/**
 * Puts the finished `.part` into the place of the file, whole or not at all. A file that it replaces hands on its
 * permissions and its owner.
 */
export async function publishPart(
  { path, part, found }: OutputFile,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  if (found !== undefined) {
    const hasGroup = await handOn(part, found);
    // What one group might read is not for another.
    await chmod(part, found.mode & (hasGroup ? 0o7777 : 0o7707));
  }
  if (replace) {
    await rename(part, path);
    // A rename keeps both names of one file, which a kill below may have left.
    await rm(part, { force: true });
  } else {
    await renameWithoutReplacing(part, path);
  }
  await syncDirectoryOf(path);
}

/** Gives a file the owner and the group of another, as far as that is allowed; false when the group is not the same. */
async function handOn(path: string, { uid, gid }: Stats): Promise<boolean> {
  const isOwners = await chown(path, uid, gid).then(
    () => true,
    () => false,
  );
  if (isOwners) return true;
  // Only root can give a file away; its group can be set by every member.
  const own = await lstat(path);
  if (own.gid !== gid) await chown(path, own.uid, gid).catch(() => {});
  return (await lstat(path)).gid === gid;
}

/**
 * Refuses a file that may not be written, as a shell's `>` does, though a rename would replace it all the same. Changes
 * nothing.
 */
export async function refuseReadOnly({ path, found }: OutputFile): Promise<void> {
  if (found !== undefined) await (await open(path, constants.O_WRONLY)).close();
}

/** Waits until a file that was made, renamed or removed in it is so on the disk. */
export async function syncDirectoryOf(path: string): Promise<void> {
  // Windows cannot open a directory, and needs no sync of it.
  const directory = await open(dirname(path), constants.O_RDONLY).catch(() => undefined);
  await directory?.sync().finally(() => directory.close());
}

/** What stands at a path, links not followed; undefined for nothing. */
export async function statOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function renameWithoutReplacing(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      throw new EngageError(
        "write-failed",
        `Cannot finish the file, another one of its name was made meanwhile; the rows are in ${part}: ${path}`,
      );
    }
    // Some file systems have no links; there a file made meanwhile by somebody else is checked for, as well as can be.
    if ((await stat(path).catch(() => undefined)) !== undefined) throw error;
    return rename(part, path);
  }
  await rm(part);
}

async function followLinks(asked: string): Promise<string> {
  let path = absolutePath(asked);
  for (let links = 0; ; links++) {
    const found = await statOf(path);
    if (!found?.isSymbolicLink()) return path;
    if (links === MOST_LINKS) refuse("its links lead nowhere", asked);
    path = resolve(dirname(path), await readlink(path));
  }
}
