import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EngageError } from "../../engage-error.ts";
import { optionChecks } from "../../option.ts";
import { absolutePath, codeOf, reasonOf } from "../file/file-error.ts";
import { refuse, syncDirectoryOf } from "../file/output-file.ts";
import { lockOutput, type OutputLock } from "../file/output-lock.ts";
import type { PartStore } from "./part-store.ts";

// Readers of directories, such as Spark and Trino, skip names that begin with `_` or `.`.
const WRITER = "_writer";
const ASIDE = /^\..+\.part$/;

/**
 * A directory for {@link partFiles}, made if it does not exist. Each file is written aside, synced and renamed. One process at a time
 * writes there.
 */
export function directoryStore(path: string): PartStore {
  const directory = optionChecks("open the directory").text("path", path);
  let lock: OutputLock | undefined;
  let isMade = false;
  return {
    name: path,
    workingDirectory: directory,
    async open() {
      try {
        const found = await stat(directory).catch(() => undefined);
        if (found !== undefined && !found.isDirectory()) refuse("it is no directory", path);
        isMade = found === undefined;
        await makeDirectory(absolutePath(directory));
      } catch (error) {
        if (error instanceof EngageError) throw error;
        throw new EngageError("usage", `Cannot write there, ${reasonOf(error)}: ${path}`, { cause: error });
      }
      lock = await lockOutput(join(directory, WRITER), path);
      for (const name of await readdir(directory)) if (ASIDE.test(name)) await rm(join(directory, name));
    },
    async put(name, bytes) {
      const aside = join(directory, `.${name}.part`);
      await rm(aside, { force: true });
      const handle = await open(aside, "wx", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } catch (error) {
        await rm(aside, { force: true }).catch(() => {});
        throw error;
      } finally {
        await handle.close();
      }
      await rename(aside, join(directory, name));
      await syncDirectoryOf(aside);
    },
    async get(name) {
      const path = join(directory, name);
      const found = await stat(path).catch((error) => {
        if (codeOf(error) !== "ENOENT") throw error;
      });
      if (found === undefined) return undefined;
      // Reading a pipe would never end.
      if (!found.isFile()) refuse("something else has the name of a file of the export; move it away", path);
      return readFile(path);
    },
    async list() {
      return (await readdir(directory)).filter((name) => !name.startsWith(`${WRITER}.`) && !ASIDE.test(name));
    },
    async delete(name) {
      await rm(join(directory, name), { force: true });
    },
    async close() {
      await lock?.release();
      // One that holds something stays.
      if (isMade) await rmdir(directory).catch(() => {});
    },
  };
}

/**
 * Makes a directory and those above it that are missing. Node's own way never ends if none can be made, such as in `/proc`
 * or in a directory that was removed.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== "ENOENT" || parent === path) throw error;
    await makeDirectory(parent);
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
}
