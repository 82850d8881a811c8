import type { Writable } from "node:stream";
import { EngageError } from "../engage-error.ts";
import { isBrokenPipe } from "./command-io.ts";
import { reasonOf } from "./file-error.ts";

/** Where bytes go that cannot be taken back: standard output, a pipe or a device. */
export class OutputStream extends WritableStream<Uint8Array> {
  #readerLeft = false;

  /** Each write waits until the system took the bytes: `Writable.toWeb` would read thousands of chunks ahead, and close standard output. */
  constructor(output: Writable, name: string, close: () => Promise<void> = async () => {}) {
    // An error of a write is awaited there; without a listener it would also end the process.
    output.on("error", () => {});
    super({
      write: (bytes) =>
        new Promise((resolve, reject) => {
          output.write(bytes, (error) => {
            if (!error) return resolve();
            this.#readerLeft ||= isBrokenPipe(error);
            reject(
              new EngageError("write-failed", `Cannot write profiles, ${reasonOf(error)}: ${name}`, { cause: error }),
            );
          });
        }),
      close,
      abort: close,
    });
  }

  /** Whether the reader of a pipe went away, which is how `| head -1` ends. */
  get readerLeft(): boolean {
    return this.#readerLeft;
  }
}
