import type { Writable } from "node:stream";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../../sink/file/file-error.ts";
import { orAborted } from "../../when-aborted.ts";
import { isBrokenPipe } from "../command-io.ts";

/** Where bytes go that cannot be taken back: standard output, a pipe or a device. */
export class OutputStream extends WritableStream<Uint8Array> {
  /** For a sentence. */
  readonly name: string;
  #readerLeft = false;

  /** Each write waits until the system took the bytes: `Writable.toWeb` would read thousands of chunks ahead, and close standard output. */
  constructor(output: Writable, name: string, signal: AbortSignal, close: () => Promise<void> = async () => {}) {
    // A compressor that is destroyed says nothing of the write under way. An error that nobody hears would end the process.
    const broken = new AbortController();
    output.on("error", (error) => broken.abort(error));
    // A reader who has stopped reading may never take the bytes.
    const taken = async (work: Promise<void>): Promise<void> => {
      try {
        await orAborted(orAborted(work, broken.signal), signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        this.#readerLeft ||= isBrokenPipe(error);
        throw new EngageError("write-failed", `Cannot write profiles, ${reasonOf(error)}: ${name}`, { cause: error });
      }
    };
    super({
      write: (bytes) =>
        taken(
          new Promise((resolve, reject) => {
            output.write(bytes, (error) => (error ? reject(error) : resolve()));
          }),
        ),
      close: () => taken(close()),
    });
    this.name = name;
  }

  /** Whether the reader of a pipe went away, which is how `| head -1` ends. */
  get readerLeft(): boolean {
    return this.#readerLeft;
  }
}
