import { type Output, print } from "../command-io.ts";
import { visible } from "./visible.ts";

// What is shorter is no secret, and would be found in every other word.
const SHORTEST_SECRET = 4;

/**
 * The one way to stderr. Whatever a server, a file name or a property puts into a text cannot move the cursor, colour what
 * follows or write to the clipboard, and secrets that are known never appear.
 */
export class Stderr {
  /** For a progress bar, which moves the cursor itself. */
  readonly output: Output;
  /** Writes lines while a progress bar is in the way. */
  above: ((lines: string) => void) | undefined;
  /** The longest first, since one may hold another. */
  #secrets: readonly string[] = [];

  constructor(output: Output) {
    this.output = output;
  }

  get isTTY(): boolean {
    return this.output.isTTY === true;
  }

  get columns(): number | undefined {
    return this.output.columns;
  }

  /** From now on `secret` is shown as `***`, wherever it stands. */
  hide(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST_SECRET) return;
    // As it is, in JSON, and in single quotes for a shell.
    const spellings = [secret, JSON.stringify(secret).slice(1, -1), secret.replaceAll("'", `'\\''`)];
    this.#secrets = [...new Set([...this.#secrets, ...spellings])].sort((one, other) => other.length - one.length);
  }

  /** `text` as it may be shown to a person. */
  shown(text: string): string {
    return visible(this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text));
  }

  /** Resolves when the text is out: false when nobody reads any more. */
  async write(text: string): Promise<boolean> {
    const shown = this.shown(text);
    if (this.above === undefined) return print(this.output, shown);
    this.above(shown);
    return true;
  }
}
