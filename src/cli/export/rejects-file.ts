import { readFile } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import type { InvalidProfileOnPage } from "../../index.ts";
import { absolutePath, reasonOf } from "../../sink/file/file-error.ts";
import { openGrowingFile, type PlainFile } from "../../sink/file/growing-file.ts";
import { findOutputFile, type OutputFile } from "../../sink/file/output-file.ts";
import { lockOutput, type OutputLock } from "../../sink/file/output-lock.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import type { ExportArguments } from "../arguments/export-options.ts";
import { isStandardOutput } from "../output/standard-output.ts";

/** What `--rejects` says, checked and not yet opened. */
export interface RejectsPlan {
  readonly file: OutputFile;
  readonly given: ExportArguments;
}

const encoder = new TextEncoder();

/**
 * Finds the file for invalid profiles; undefined without `--rejects`. Touches nothing.
 *
 * @throws {EngageError} `usage`, if it is in the way or is the output itself
 */
export async function planRejects(given: ExportArguments, cwd = ""): Promise<RejectsPlan | undefined> {
  const { rejects, out = "-", append, replace, update, resume } = given;
  if (rejects === undefined) return undefined;
  if (isStandardOutput(rejects)) throw new ArgumentsError(`--rejects must be a file: ${rejects}`);
  const file = await findOutputFile(absolutePath(rejects, cwd));
  if (!isStandardOutput(out) && file.path === (await pathOf(absolutePath(out, cwd)))) {
    throw new ArgumentsError(`--rejects must be another file than --out: ${rejects}`);
  }
  if (file.found !== undefined && !append && !replace && !update && !resume) {
    // The modes need an output that is a file.
    const way = isStandardOutput(out) ? "move it away" : "use --append or --replace";
    throw new EngageError(
      "usage",
      `Cannot write invalid profiles there, the file exists; ${way}, or choose another name: ${rejects}`,
    );
  }
  return { file, given };
}

/** An output that is no file is no file of rejects either. */
async function pathOf(out: string): Promise<string | undefined> {
  return findOutputFile(out).then(
    ({ path }) => path,
    () => undefined,
  );
}

/** Takes invalid profiles: a line of JSON each. */
export class RejectsFile {
  readonly #file: PlainFile;
  readonly #path: string;
  readonly #lock: OutputLock;
  /** Bytes that were there before this run. */
  readonly #kept: number;
  /** Lines of the export that goes on: a page that was read without being committed comes again. */
  readonly #earlier: ReadonlySet<string>;
  readonly #keepsBytes: boolean;
  /** One after the other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(
    file: PlainFile,
    { file: { asked }, given }: RejectsPlan,
    lock: OutputLock,
    earlier: ReadonlySet<string>,
  ) {
    this.#file = file;
    this.#path = asked;
    this.#lock = lock;
    this.#kept = file.size;
    this.#earlier = earlier;
    // What cannot be parsed cannot be cleaned.
    this.#keepsBytes = (given["drop-properties"] ?? given["hash-properties"]) === undefined;
  }

  /**
   * @param goesOn whether an interrupted export goes on, whose invalid profiles are there
   * @throws {EngageError} when the file cannot be written
   */
  static async open(plan: RejectsPlan, goesOn: boolean): Promise<RejectsFile> {
    const { path, asked, found } = plan.file;
    const lock = await lockOutput(path, asked);
    try {
      const opened = await openGrowingFile(path, found === undefined ? "new" : "found");
      if (plan.given.replace && !goesOn) await opened.cutBack(0);
      await opened.endLine();
      const lines = goesOn ? (await readFile(path, "utf8")).split("\n") : [];
      return new RejectsFile(opened, plan, lock, new Set(lines));
    } catch (error) {
      await lock.release();
      throw new EngageError("usage", `Cannot write invalid profiles there, ${reasonOf(error)}: ${asked}`, {
        cause: error,
      });
    }
  }

  /** @throws {EngageError} `write-failed` */
  readonly take = ({ pageIndex, profileIndex, reason, distinctId, bytes }: InvalidProfileOnPage): Promise<void> => {
    const line = JSON.stringify({
      page: pageIndex,
      profile: profileIndex,
      reason,
      distinct_id: distinctId ?? null,
      bytes: this.#keepsBytes ? base64(bytes) : null,
    });
    if (this.#earlier.has(line)) return Promise.resolve();
    return this.#next(async () => {
      await this.#file.append(encoder.encode(`${line}\n`));
      await this.#file.sync();
    });
  };

  /** What this run took is dropped, since the export begins again. */
  restart(): void {
    this.#next(() => this.#file.cutBack(this.#kept)).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file.close();
    await this.#lock.release();
  }

  #next(act: () => Promise<void>): Promise<void> {
    const done = this.#last
      .catch(() => {})
      .then(act)
      .catch((error) => {
        throw new EngageError("write-failed", `Cannot write an invalid profile, ${reasonOf(error)}: ${this.#path}`, {
          cause: error,
        });
      });
    this.#last = done;
    return done;
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
