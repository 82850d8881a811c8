import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../../sink/ndjson/file-error.ts";
import type { CommandIO } from "../command-io.ts";

/**
 * The secret in a file, or on standard input for `-`, without the line break at its end.
 *
 * @throws {EngageError} `usage`
 */
export async function readSecret(file: string, { stdin, cwd = "" }: CommandIO): Promise<string> {
  const content = await (file === "-" ? text(stdin) : readFile(resolve(cwd, file), "utf8")).catch((error) => {
    throw new EngageError("usage", `Cannot read the secret, ${reasonOf(error)}: ${file}`, { cause: error });
  });
  // Some editors begin a file with a byte order mark.
  const secret = content.replace(/^\uFEFF/, "").replace(/\r?\n$/, "");
  if (secret.trim() === "") throw new EngageError("usage", `Cannot read the secret, the file is empty: ${file}`);
  if (/[\r\n]/.test(secret)) {
    throw new EngageError("usage", `Cannot read the secret, the file must hold it alone, on one line: ${file}`);
  }
  return secret;
}
