import type { Writable } from "node:stream";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../../sink/file/file-error.ts";
import { whenAborted } from "../../when-aborted.ts";
import { isBrokenPipe } from "../command-io.ts";

/** Where bytes go that cannot be taken back: standard output, a pipe or a device. */
export class OutputStream extends WritableStream<Uint8Array> {
  /** For a sentence. */
  readonly name: string;
  #readerLeft = false;

  /** Each write waits until the system took the bytes: `Writable.toWeb` would read thousands of chunks ahead, and close standard output. */
  constructor(output: Writable, name: string, signal: AbortSignal, close: () => Promise<void> = async () => {}) {
    // An error of a write is awaited there; without a listener it would also end the process.
    output.on("error", () => {});
    super({
      write: (bytes) =>
        new Promise((resolve, reject) => {
          // A reader who has stopped reading may never take them.
          const stop = whenAborted(signal, () => reject(signal.reason));
          output.write(bytes, (error) => {
            stop();
            if (!error) return resolve();
            this.#readerLeft ||= isBrokenPipe(error);
            reject(
              new EngageError("write-failed", `Cannot write profiles, ${reasonOf(error)}: ${name}`, { cause: error }),
            );
          });
        }),
      close,
    });
    this.name = name;
  }

  /** Whether the reader of a pipe went away, which is how `| head -1` ends. */
  get readerLeft(): boolean {
    return this.#readerLeft;
  }
}
