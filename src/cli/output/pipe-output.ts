import { close, constants, open, statSync, writeSync } from "node:fs";
import { Writable } from "node:stream";

/** PIPE_BUF: a pipe takes so many bytes whole or not at all. */
const WHOLE = 4096;
/** Milliseconds after which a full pipe is tried again, and one that nobody has opened to read. */
const AGAIN = 1;
const OPEN_AGAIN = 50;

/**
 * A pipe or a device, written in pieces that a pipe takes whole or not at all; a full pipe is tried again and again. It never
 * blocks: a thread that waits for a reader would keep the process from ending, whatever signal it gets. Also standard output
 * for Deno, whose own loses its place when a pipe that does not block takes a part of a chunk.
 */
export class PipeOutput extends Writable {
  readonly #path: string | undefined;
  #descriptor: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param output a descriptor, which stays open, or what to open */
  constructor(output: number | string) {
    super({ decodeStrings: true });
    this.#path = typeof output === "string" ? output : undefined;
    this.#descriptor = typeof output === "string" ? -1 : output;
  }

  override _construct(done: (error?: Error | null) => void): void {
    if (this.#path === undefined) done();
    else this.#open(this.#path, done);
  }

  override _write(bytes: Uint8Array, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writeFrom(bytes, 0, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    if (this.#path === undefined || this.#descriptor === -1) done(error);
    else close(this.#descriptor, (failed) => done(error ?? failed));
  }

  #open(path: string, done: (error?: Error | null) => void): void {
    open(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0), (error, descriptor) => {
      // Nobody reads the pipe yet. A socket cannot be opened at all.
      if (error?.code === "ENXIO" && statSync(path, { throwIfNoEntry: false })?.isFIFO()) {
        this.#timer = setTimeout(() => this.#open(path, done), OPEN_AGAIN);
        return;
      }
      if (!error) this.#descriptor = descriptor;
      done(error);
    });
  }

  #writeFrom(bytes: Uint8Array, begin: number, done: (error?: Error | null) => void): void {
    let at = begin;
    try {
      while (at < bytes.length) at += writeSync(this.#descriptor, bytes, at, Math.min(WHOLE, bytes.length - at));
      done();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") done(error as Error);
      else this.#timer = setTimeout(() => this.#writeFrom(bytes, at, done), AGAIN);
    }
  }
}
