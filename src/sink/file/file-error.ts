import { resolve } from "node:path";
import { EngageError } from "../../engage-error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or directory",
  ENOTDIR: "a part of the path is no directory",
  EISDIR: "it is a directory",
  EACCES: "there is no permission",
  EPERM: "there is no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it would be larger than the file system or a limit allows",
  EIO: "the disk or the connection to it failed",
  EMFILE: "too many files are open",
  // What an export keeps beside a file is called as the file is, and more.
  ENAMETOOLONG: "the name is too long once the suffix of a working file is added",
  ELOOP: "its links lead nowhere",
};

/**
 * A path from the root on.
 *
 * @throws {EngageError} `usage`, if the directory that it starts from was removed while this process is in it
 */
export function absolutePath(path: string, from = ""): string {
  try {
    return resolve(from, path);
  } catch (cause) {
    throw new EngageError("usage", `Cannot write there, the working directory was removed: ${path}`, { cause });
  }
}

/** Why a file could not be used, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS[codeOf(error)] ?? error.message;
}

/** The system's name for what went wrong, such as `ENOENT`; empty for what is no failure of the system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** A failed write, in words. */
export function writeFailed(path: string, error: unknown): EngageError {
  return new EngageError("write-failed", `Cannot write profiles, ${reasonOf(error)}: ${path}`, { cause: error });
}
