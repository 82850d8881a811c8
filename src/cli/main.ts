import { exportOptions } from "./arguments/export-options.ts";
import { ArgumentsError, parseArguments } from "./arguments/parse-arguments.ts";
import { type CommandIO, print } from "./command-io.ts";
import { EXIT, type ExitCode, exitCode } from "./exit-code.ts";

/** The command `engage-export`: does what `args` say and returns the exit code. */
export async function main(io: CommandIO): Promise<ExitCode> {
  // A pipe that breaks is an error of the write, which is awaited; without a listener it would also end the process.
  for (const output of [io.stdout, io.stderr]) output.on("error", () => {});
  const [first, ...rest] = io.args;
  const subcommand = first === "demo" || first === "simulate" ? first : undefined;
  try {
    const given = subcommand === undefined ? io.args : rest;
    if (given.includes("--help") || given.includes("-h")) {
      const { usage } = await import("./arguments/usage.ts");
      await print(io.stdout, await usage(subcommand, io.stdout));
      return EXIT.complete;
    }
    if (subcommand === "demo") return await (await import("./demo/demo.ts")).demo(given, io);
    if (subcommand === "simulate") return await (await import("./simulate/simulate.ts")).simulate(given, io);
    return await exportOrVersion(io);
  } catch (error) {
    if (error instanceof ArgumentsError) {
      const { usage } = await import("./arguments/usage.ts");
      await print(io.stderr, `${await usage(subcommand, io.stderr)}\nerror: ${error.message}\n`);
      return EXIT.usage;
    }
    const message = io.signals.aborted ? "interrupted" : error instanceof Error ? error.message : String(error);
    await print(io.stderr, `error: ${message}\n`);
    return io.signals.aborted ? EXIT.interrupted : exitCode(error);
  }
}

async function exportOrVersion(io: CommandIO): Promise<ExitCode> {
  const given = parseArguments(io.args, exportOptions);
  if (given.version) {
    const { version } = await import("../../package.json");
    await print(io.stdout, `${version}\n`);
    return EXIT.complete;
  }
  return (await import("./export/export-command.ts")).exportCommand(given, io);
}
