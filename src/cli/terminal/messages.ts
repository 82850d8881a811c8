import { stripVTControlCharacters } from "node:util";
import type { Output } from "../command-io.ts";

/** What the command says on stderr, above the progress where there is one. */
export class Messages {
  /** Writes lines where a progress bar is in the way. */
  above: ((lines: string) => void) | undefined;
  readonly #stderr: Output;
  readonly #level: "quiet" | "normal" | "verbose";

  constructor(stderr: Output, level: "quiet" | "normal" | "verbose") {
    this.#stderr = stderr;
    this.#level = level;
  }

  error(text: string): void {
    this.#say(`error: ${text}`);
  }

  warning(text: string): void {
    if (this.#level !== "quiet") this.#say(`warning: ${text}`);
  }

  /** How it went, and what to do next. */
  summary(text: string): void {
    if (this.#level !== "quiet") this.#say(text);
  }

  /** For `--verbose`. */
  detail(text: string): void {
    if (this.#level === "verbose") this.#say(text);
  }

  #say(text: string): void {
    // A server's words may hold sequences that would move the cursor of the terminal.
    const lines = `${stripVTControlCharacters(text)}\n`;
    if (this.above === undefined) this.#stderr.write(lines);
    else this.above(lines);
  }
}
