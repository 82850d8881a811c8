import { ArgumentsError } from "../arguments/arguments-error.ts";
import type { Stderr } from "./stderr.ts";

export type MessageLevel = "quiet" | "normal" | "verbose";

/**
 * How much is to be said.
 *
 * @throws {ArgumentsError} for options that contradict each other
 */
export function levelOf({
  quiet,
  verbose,
  progress,
}: {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly progress?: boolean;
}): MessageLevel {
  if (quiet && (verbose || progress)) {
    throw new ArgumentsError(`--quiet and --${verbose ? "verbose" : "progress"} exclude each other`);
  }
  return quiet ? "quiet" : verbose ? "verbose" : "normal";
}

/** What the command says on stderr, as much of it as is wanted. */
export class Messages {
  readonly #stderr: Stderr;
  readonly #level: MessageLevel;

  constructor(stderr: Stderr, level: MessageLevel) {
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
