import type { Stderr } from "./stderr.ts";

/** What the command says on stderr, as much of it as is wanted. */
export class Messages {
  readonly #stderr: Stderr;
  readonly #level: "quiet" | "normal" | "verbose";

  constructor(stderr: Stderr, level: "quiet" | "normal" | "verbose") {
    this.#stderr = stderr;
    this.#level = level;
  }

  error(text: string): void {
    this.#say(`error: ${text}`);
  }

  warning(text: string): void {
    if (this.#level !== "quiet") this.#say(`warning: ${text}`);
  }

  /** What is about to happen. */
  note(text: string): void {
    if (this.#level !== "quiet") this.#say(text);
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
    // Nobody is left to hear that stderr cannot be written.
    this.#stderr.write(`${text}\n`).catch(() => {});
  }
}
