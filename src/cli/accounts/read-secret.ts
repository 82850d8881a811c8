import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../../sink/file/file-error.ts";
import { orAborted } from "../../when-aborted.ts";
import type { CommandIO } from "../command-io.ts";

/**
 * The secret in a file, or on standard input for `-`, without white space at its ends.
 *
 * @throws {EngageError} `usage`
 */
export async function readSecret(file: string, { stdin, cwd = "", signals }: CommandIO): Promise<string> {
  const reading = file === "-" ? text(stdin) : readFile(resolve(cwd, file), "utf8");
  // Nobody may ever write it, into a terminal or a pipe.
  const content = await orAborted(reading, signals).catch((error) => {
    throw new EngageError("usage", `Cannot read the secret, ${reasonOf(error)}: ${file}`, { cause: error });
  });
  // A byte order mark, with which some editors begin a file, counts as white space.
  const secret = content.trim();
  if (secret === "") throw new EngageError("usage", `Cannot read the secret, the file is empty: ${file}`);
  if (/[\r\n]/.test(secret)) {
    throw new EngageError("usage", `Cannot read the secret, the file must hold it alone, on one line: ${file}`);
  }
  return secret;
}
