import type { Writable } from "node:stream";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../../sink/ndjson/file-error.ts";
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
          const onAbort = (): void => reject(signal.reason);
          signal.addEventListener("abort", onAbort, { once: true });
          output.write(bytes, (error) => {
            signal.removeEventListener("abort", onAbort);
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
