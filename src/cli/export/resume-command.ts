import { shellQuoted } from "../arguments/shell-quoted.ts";
import { withoutPassword } from "../output/without-password.ts";

/** The command that takes up an interrupted export, ready for a shell and without a password. */
export function resumeCommand(args: readonly string[]): string {
  const words = args.includes("--resume") ? args : ["--resume", ...args];
  return ["engage-export", ...words.map(withoutPassword)].map(shellQuoted).join(" ");
}
