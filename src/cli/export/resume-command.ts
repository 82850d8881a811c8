import { shellQuoted } from "../arguments/shell-quoted.ts";

/** The command that takes up an interrupted export, ready for a shell; arguments never hold a secret. */
export function resumeCommand(args: readonly string[]): string {
  const words = args.includes("--resume") ? args : ["--resume", ...args];
  return ["engage-export", ...words].map(shellQuoted).join(" ");
}
