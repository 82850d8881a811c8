import type { OptionDef } from "../arguments/option-def.ts";

/** Names of the accounts in the account file, one a line, in a POSIX shell. */
export const ACCOUNT_NAMES = `sed -n 's/^ *\\[accounts\\.\\([A-Za-z0-9_-]*\\)\\].*/\\1/p' "\${MP_CONFIG_PATH:-$HOME/.mp/config.toml}" 2>/dev/null`;

/** What the value of an option can be completed to: the words that it may be, or none when nobody can tell. */
export function completedBy(
  flag: string,
  { choices = [], valueHint }: OptionDef,
): "files" | "accounts" | readonly string[] {
  if (valueHint === "FILE") return "files";
  return flag === "account" ? "accounts" : choices;
}
