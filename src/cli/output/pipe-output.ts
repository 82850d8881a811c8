import { writeSync } from "node:fs";
import { Writable } from "node:stream";

/** PIPE_BUF: a pipe takes so many bytes whole or not at all. */
const WHOLE = 4096;
/** Milliseconds after which a full pipe is tried again. */
const AGAIN = 5;

/**
 * Standard output for Deno, whose own loses its place when a pipe that does not block takes a part of a chunk: it writes
 * pieces that the pipe takes whole or not at all, and waits when the pipe is full.
 */
export class PipeOutput extends Writable {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    super({ decodeStrings: true });
    this.#descriptor = descriptor;
  }

  override _write(bytes: Uint8Array, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writeFrom(bytes, 0, done);
  }

  #writeFrom(bytes: Uint8Array, begin: number, done: (error?: Error | null) => void): void {
    let at = begin;
    try {
      while (at < bytes.length) at += writeSync(this.#descriptor, bytes, at, Math.min(WHOLE, bytes.length - at));
      done();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") done(error as Error);
      else setTimeout(() => this.#writeFrom(bytes, at, done), AGAIN);
    }
  }
}
