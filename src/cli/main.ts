import { cleanSetting } from "./accounts/clean-setting.ts";
import { ArgumentsError } from "./arguments/arguments-error.ts";
import { inFlags } from "./arguments/in-flags.ts";
import { nearest } from "./arguments/nearest.ts";
import { type Command, optionsOf } from "./command.ts";
import { type CommandIO, type ProcessIO, print } from "./command-io.ts";
import { commands, exportItself } from "./commands.ts";
import { EXIT, type ExitCode, exitCode } from "./exit-code.ts";
import { Stderr } from "./terminal/stderr.ts";

// A setting may hold one of them by mistake, such as MP_PROJECT_ID="$MP_SECRET".
const SECRET_VARIABLES = ["MP_SECRET", "MP_OAUTH_TOKEN", "MP_HASH_KEY", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"];

/** The command `engage-export`: does what `args` say and returns the exit code. */
export async function main(lent: ProcessIO): Promise<ExitCode> {
  // A pipe that breaks is an error of the write, which is awaited; without a listener it would also end the process.
  for (const output of [lent.stdout, lent.stderr]) output.on("error", () => {});
  const stderr = new Stderr(lent.stderr);
  for (const name of SECRET_VARIABLES) stderr.hide(cleanSetting(lent.env[name]));
  // A copy would open standard input, which is to be opened where it is read.
  const io: CommandIO = Object.create(lent, { stderr: { value: stderr } });
  const named = commands.find(({ name }) => name === io.args[0]);
  const args = named === undefined ? io.args : io.args.slice(1);
  const command = named ?? exportItself;
  try {
    if (args.includes("--help") || args.includes("-h")) {
      const { usage } = await import("./arguments/usage.ts");
      await print(io.stdout, usage(command, commands, io.stdout));
      return EXIT.complete;
    }
    if (named === undefined) checkCommand(io.args);
    return await command.run(args, io);
  } catch (error) {
    const { aborted } = io.signals;
    await stderr.write(
      `error: ${aborted ? "interrupted" : explained(inFlags(error, { defs: optionsOf(command) }), command)}\n`,
    );
    return aborted ? EXIT.interrupted : exitCode(error);
  }
}

/** @throws {ArgumentsError} for a word in the place of a command */
function checkCommand([first = ""]: readonly string[]): void {
  if (first === "" || first.startsWith("-")) return;
  const names = commands.map(({ name }) => name);
  const near = nearest(first, ["export", ...names]);
  const hint =
    near === undefined
      ? `the commands are ${names.join(", ")}`
      : near === "export"
        ? "without a command engage-export exports"
        : `did you mean ${near}?`;
  throw new ArgumentsError(`There is no such command: ${first}; ${hint}`);
}

function explained(error: unknown, { name }: Command): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ArgumentsError)) return message;
  return `${message} (see engage-export ${name === "" ? "" : `${name} `}--help)`;
}
