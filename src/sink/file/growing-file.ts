import { once } from "node:events";
import { constants as flags } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { constants, createGzip } from "node:zlib";

const LINE_FEED = 0x0a;

/** A file that grows at its end and can be cut back. */
export interface GrowingFile {
  /** Bytes written whole. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Ends the last line, if one is open. */
  endLine(): Promise<void>;
  /** Back to `size`; a compressed file back to nothing. */
  cutBack(size: number): Promise<void>;
  /** Waits until the disk has it. */
  sync(): Promise<void>;
  /** Writes what is still to come, such as the end of a compressed file, and waits until the disk has it. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file to read and write, never through a link.
 *
 * @param made `new` makes it, and fails if it exists; `found` fails if it does not
 */
export async function openGrowingFile(path: string, made: "new" | "found"): Promise<PlainFile> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = flags;
  const handle = await open(path, O_RDWR | (O_NOFOLLOW ?? 0) | (made === "new" ? O_CREAT | O_EXCL : 0), 0o600);
  return new PlainFile(handle, (await handle.stat()).size);
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

  async finish(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** One gzip member: several in a row fail to decompress in Node 24, Deno and Chromium. It can be cut back to nothing only. */
export class GzipFile implements GrowingFile {
  readonly #file: PlainFile;
  #gzip = createGzip();
  /** What is compressed and not in the file. */
  #compressed: Uint8Array[] = [];

  constructor(file: PlainFile) {
    this.#file = file;
    this.#start();
  }

  get size(): number {
    return this.#file.size;
  }

  /** Flushed each time, so that what is said to be written is in the file; it adds five bytes. */
  async append(bytes: Uint8Array): Promise<void> {
    await done((settle) => {
      this.#gzip.write(bytes, (error) => (error ? settle(error) : this.#gzip.flush(constants.Z_SYNC_FLUSH, settle)));
    });
    await this.#drain();
  }

  /** There is none: a compressed file is never appended to. */
  async endLine(): Promise<void> {}

  async cutBack(): Promise<void> {
    this.#gzip.destroy();
    await this.#file.cutBack(0);
    this.#gzip = createGzip();
    this.#start();
  }

  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async finish(): Promise<void> {
    const ended = once(this.#gzip, "end");
    this.#gzip.end();
    await ended;
    await this.#drain();
    await this.#file.sync();
  }

  async close(): Promise<void> {
    this.#gzip.destroy();
    await this.#file.close();
  }

  #start(): void {
    const compressed: Uint8Array[] = [];
    this.#compressed = compressed;
    this.#gzip.on("data", (chunk: Uint8Array) => compressed.push(chunk));
  }

  async #drain(): Promise<void> {
    for (const chunk of this.#compressed.splice(0)) await this.#file.append(chunk);
  }
}

function done(start: (settle: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
