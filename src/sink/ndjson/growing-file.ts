import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, type Gzip } from "node:zlib";

const LINE_FEED = 0x0a;

/** A file that grows at its end and can be cut back. */
export interface GrowingFile {
  /** Bytes written whole. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Ends the last line, where one is open. */
  endLine(): Promise<void>;
  /** Back to `size`; a compressed file back to nothing. */
  cutBack(size: number): Promise<void>;
  /** Waits until the disk has it. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file to read and write; with `mustBeNew` it is an error where it exists. */
export async function openGrowingFile(path: string, { mustBeNew = false } = {}): Promise<PlainFile> {
  const { O_RDWR, O_CREAT, O_EXCL } = constants;
  const handle = await open(path, O_RDWR | O_CREAT | (mustBeNew ? O_EXCL : 0), 0o666);
  return new PlainFile(handle, (await handle.stat()).size);
}

/** Waits until a file that was made, renamed or removed in it is so on the disk. */
export async function syncDirectoryOf(path: string): Promise<void> {
  // Windows cannot open a directory, and needs no sync of it.
  const directory = await open(dirname(path), constants.O_RDONLY).catch(() => undefined);
  await directory?.sync().finally(() => directory.close());
}

export class PlainFile implements GrowingFile {
  readonly #handle: FileHandle;
  #size: number;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        const position = this.#size + written;
        written += (await this.#handle.write(bytes, written, bytes.length - written, position)).bytesWritten;
      }
    } catch (error) {
      await this.#handle.truncate(this.#size).catch(() => {});
      throw error;
    }
    this.#size += written;
  }

  async cutBack(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  async endLine(): Promise<void> {
    if (this.#size === 0) return;
    const { buffer } = await this.#handle.read(new Uint8Array(1), 0, 1, this.#size - 1);
    if (buffer[0] !== LINE_FEED) await this.append(new Uint8Array([LINE_FEED]));
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** One gzip member: several in a row fail to decompress in Node 24, Deno and Chromium. It can be cut back to nothing only. */
export class GzipFile implements GrowingFile {
  readonly #file: PlainFile;
  #gzip: Gzip;
  #done: Promise<void>;
  #lastAppend: Promise<void> = Promise.resolve();

  constructor(file: PlainFile) {
    this.#file = file;
    [this.#gzip, this.#done] = this.#start();
  }

  get size(): number {
    return this.#file.size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve, reject) => {
      this.#gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    taken.catch(() => {});
    // Where the file fails, `done` knows why; the compressor only that it was ended.
    await Promise.race([this.#done, taken]);
  }

  /** There is none: a compressed file is never appended to. */
  async endLine(): Promise<void> {}

  async cutBack(): Promise<void> {
    this.#gzip.destroy();
    await this.#done.catch(() => {});
    // It may be under way still: the pipeline does not wait for its end when it is destroyed.
    await this.#lastAppend.catch(() => {});
    await this.#file.cutBack(0);
    [this.#gzip, this.#done] = this.#start();
  }

  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async close(): Promise<void> {
    try {
      this.#gzip.end();
      await this.#done;
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  #start(): [Gzip, Promise<void>] {
    const gzip = createGzip();
    const done = pipeline(gzip, async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) {
        this.#lastAppend = this.#file.append(chunk);
        await this.#lastAppend;
      }
    });
    done.catch(() => {});
    return [gzip, done];
  }
}
