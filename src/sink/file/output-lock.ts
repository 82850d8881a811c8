import { readFileSync } from "node:fs";
import { link, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { kill, pid } from "node:process";
import { EngageError } from "../../engage-error.ts";
import { codeOf, reasonOf } from "./file-error.ts";
import { refuse, statOf } from "./output-file.ts";

/** Who writes an output: enough to tell whether that process still runs. */
interface LockHolder {
  readonly host: string;
  /** Changes with each start of the system; null if it cannot be read. */
  readonly boot: string | null;
  readonly pid: number;
  /** When the process started, since numbers of processes are used again; null if it cannot be read. */
  readonly started: string | null;
}

/** The only writer of an output, until it is released. */
export interface OutputLock {
  release(): Promise<void>;
}

let locks = 0;

/**
 * Makes this process the only writer of an output, by a file `<output>.lock` that names it. A lock of a process that no
 * longer runs is taken over.
 *
 * @param asked the output as messages name it
 * @throws {EngageError} `locked`, naming the process that writes there
 */
export async function lockOutput(output: string, asked = output): Promise<OutputLock> {
  const path = `${output}.lock`;
  const own = JSON.stringify(holderOf(pid));
  try {
    const made = await makeLock(path, own);
    if (!made) await takeOver(path, own, asked);
    await sweep(path);
  } catch (error) {
    if (error instanceof EngageError) throw error;
    throw new EngageError("usage", `Cannot write there, ${reasonOf(error)}: ${asked}`, { cause: error });
  }
  return {
    async release() {
      // A lock that somebody removed by hand and made again is not ours.
      if ((await readFile(path, "utf8").catch(() => "")) === own) await rm(path, { force: true });
    },
  };
}

/** Makes the lock with its content at once; false if there is one. */
async function makeLock(path: string, content: string): Promise<boolean> {
  const aside = `${path}.${pid}.${++locks}`;
  await rm(aside, { force: true });
  const handle = await open(aside, "wx", 0o600);
  try {
    await handle.writeFile(content);
    await handle.close();
    // Some file systems have no links. Nobody reads the lock in the moment before it has its content, but for one that looks twice.
    await link(aside, path).catch((error) => {
      if (codeOf(error) === "EEXIST") throw error;
      return writeFile(path, content, { flag: "wx", mode: 0o600 });
    });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Removes what processes that were killed while they made a lock, or took one over, have left beside it. */
async function sweep(path: string): Promise<void> {
  const directory = dirname(path);
  for (const name of await readdir(directory).catch(() => [])) {
    const [found, maker] = name.startsWith(`${basename(path)}.`) ? (/\.taking$|\.(\d+)\.\d+$/.exec(name) ?? []) : [];
    if (found === undefined) continue;
    const left = join(directory, name);
    if (!(await statOf(left))?.isFile()) continue;
    const text = await readFile(left, "utf8").catch(() => "");
    // Without content it is being made, by the process in its name.
    const isDone = text === "" ? maker !== undefined && !isRunning(Number(maker)) : isLeft(text);
    if (isDone) await rm(left, { force: true });
  }
}

/** Takes the place of a holder that is gone; of two that try, one gets it. */
async function takeOver(path: string, own: string, output: string): Promise<void> {
  refuseLiving(await readLock(path), path, output);
  const turn = `${path}.taking`;
  if (!(await makeLock(turn, own))) {
    refuseLiving(await readLock(turn), path, output);
    await rm(turn, { force: true });
    if (!(await makeLock(turn, own))) throw locked("another process", output);
  }
  try {
    refuseLiving(await readLock(path), path, output);
    await rm(path, { force: true });
    if (!(await makeLock(path, own))) throw locked("another process", output);
  } finally {
    await rm(turn, { force: true });
  }
}

/** Empty if it is gone by then. */
async function readLock(path: string): Promise<string> {
  const found = await statOf(path);
  // Reading a pipe would never end.
  if (found !== undefined && !found.isFile()) refuse("something else has the name of its lock; move it away", path);
  return readFile(path, "utf8").catch(() => "");
}

/** Throws unless the process that a lock names is known to be gone. */
function refuseLiving(text: string, path: string, output: string): void {
  if (text === "" || isLeft(text)) return;
  const { host, pid: holder } = holderIn(text) ?? {};
  if (host === undefined) throw locked("a process that cannot be told", output, path);
  if (host !== hostname()) throw locked(`process ${holder} on ${host}`, output, path);
  throw locked(holder === pid ? `this process (${pid})` : `process ${holder}`, output);
}

/** Whether the process that a lock names is known to be gone. */
function isLeft(text: string): boolean {
  const holder = holderIn(text);
  if (holder === undefined || holder.host !== hostname()) return false;
  const now = holderOf(holder.pid ?? 0);
  return holder.boot !== now.boot || holder.started !== now.started || !isRunning(holder.pid);
}

/** Undefined for what is no lock. */
function holderIn(text: string): Partial<LockHolder> | undefined {
  try {
    return Object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function locked(who: string, output: string, remove?: string): EngageError {
  const advice = remove === undefined ? "end it first" : `if it no longer runs, remove ${remove}`;
  return new EngageError(
    "locked",
    `Cannot write there, ${who} writes it already; ${advice}, or choose another output: ${output}`,
  );
}

function holderOf(process: number): LockHolder {
  const started = fieldsOf(process)[19] ?? null;
  return { host: hostname(), boot: textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? null, pid: process, started };
}

/** What Linux tells of a process: first its state, at index 19 its start. */
function fieldsOf(process: number): readonly string[] {
  const stat = textOf(`/proc/${process}/stat`);
  // The name of the program, in parentheses before these, may hold anything.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isRunning(process: number | undefined): boolean {
  if (process === undefined || !Number.isSafeInteger(process) || process <= 0) return false;
  try {
    kill(process, 0);
    // One that was killed keeps its number until its parent asks how it ended, which some never do.
    return fieldsOf(process)[0] !== "Z";
  } catch (error) {
    // One of another user's runs, and may not be asked.
    return codeOf(error) === "EPERM";
  }
}
