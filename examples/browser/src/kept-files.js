// The result outlives a reload as two files of the browser's own: the database, and its NDJSON, which is written last.
export const DATABASE_FILE = "engage-export.db";
const LINES_FILE = "engage-export.ndjson";

/** Whether this browser keeps files for pages; over plain http and in some private windows it does not. */
export async function canKeep() {
  if (!("FileSystemFileHandle" in globalThis) || !("createWritable" in FileSystemFileHandle.prototype)) return false;
  return navigator.storage.getDirectory().then(
    () => true,
    () => false,
  );
}

/** The NDJSON of the result that is kept, or undefined where none is, or where it is not whole. */
export async function keptLines() {
  const directory = await navigator.storage.getDirectory();
  try {
    await directory.getFileHandle(DATABASE_FILE);
    return await (await directory.getFileHandle(LINES_FILE)).getFile();
  } catch (error) {
    if (error.name === "NotFoundError") return undefined;
    throw error;
  }
}

/** Keeps the NDJSON beside the database. */
export async function keepLines(lines) {
  const directory = await navigator.storage.getDirectory();
  const handle = await directory.getFileHandle(LINES_FILE, { create: true });
  await lines.stream().pipeTo(await handle.createWritable());
}

/** Removes what is kept. Rejects, with everything still there, where another tab has it open. */
export async function forgetFiles() {
  const directory = await navigator.storage.getDirectory();
  for (const name of [DATABASE_FILE, `${DATABASE_FILE}.wal`, LINES_FILE]) await removeFile(directory, name);
}

async function removeFile(directory, name, attempts = 20) {
  try {
    await directory.removeEntry(name);
  } catch (error) {
    if (error.name === "NotFoundError") return;
    if (error.name !== "NoModificationAllowedError") throw error;
    if (attempts === 0)
      throw new Error("The result that is kept is open in another tab. Close that tab first, or keep none.");
    // A worker that was ended lets go of its files a moment later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await removeFile(directory, name, attempts - 1);
  }
}
