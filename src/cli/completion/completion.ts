import { ArgumentsError } from "../arguments/arguments-error.ts";
import { helpOption } from "../arguments/export-options.ts";
import { checkChoice } from "../arguments/option-values.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import type { Command } from "../command.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { bashScript } from "./bash-script.ts";
import { fishScript } from "./fish-script.ts";
import { zshScript } from "./zsh-script.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints what a shell has to run to complete commands, options and their values. */
export async function completion(
  args: readonly string[],
  io: CommandIO,
  main: Command,
  commands: readonly Command[],
): Promise<ExitCode> {
  const { words: [shell] = [] } = parseArguments(args, helpOption, 1);
  const shells = Object.keys(SCRIPTS);
  if (shell === undefined) throw new ArgumentsError(`Name a shell: ${shells.join(", ")}`);
  checkChoice("The shell", shells, shell);
  const script = SCRIPTS[shell.trim() as keyof typeof SCRIPTS];
  await print(io.stdout, script(main, commands));
  return EXIT.complete;
}
