import type { OptionDefs, OptionGroup } from "./arguments/option-def.ts";
import type { CommandIO } from "./command-io.ts";
import type { ExitCode } from "./exit-code.ts";

/** A command, or the export that `engage-export` does without one. */
export interface Command {
  /** Empty for the export. */
  readonly name: string;
  readonly summary: string;
  readonly groups: readonly OptionGroup[];
  /** What stands beside the options: one of some words, or a file. */
  readonly words?: { readonly hint: string; readonly choices?: readonly string[] };
  /** What the usage says below the options. */
  readonly notes?: string;
  /** @throws {EngageError} when it did nothing */
  run(args: readonly string[], io: CommandIO): Promise<ExitCode>;
}

/** The options of a command, whatever their headings. */
export function optionsOf({ groups }: Command): OptionDefs {
  return Object.assign({}, ...groups.map(({ options }) => options));
}
