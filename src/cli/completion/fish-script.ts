import type { OptionDef } from "../arguments/option-def.ts";
import { type Command, optionsOf } from "../command.ts";
import { ACCOUNT_NAMES, completedBy } from "./completed-by.ts";

/** For fish: to be piped to `source`, or a file in `~/.config/fish/completions`. */
export function fishScript(main: Command, commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return [
    "# fish completion of engage-export: engage-export completion fish | source",
    "complete -c engage-export -f",
    ...commands.map(
      ({ name, summary }) => `complete -c engage-export -n '__fish_is_nth_token 1' -a ${name} -d ${quoted(summary)}`,
    ),
    ...linesOf(main, `not __fish_seen_subcommand_from ${names}`),
    ...commands.flatMap((command) => linesOf(command, `__fish_seen_subcommand_from ${command.name}`)),
    "",
  ].join("\n");
}

function linesOf(command: Command, condition: string): readonly string[] {
  const start = `complete -c engage-export -n ${quoted(condition)}`;
  const lines = Object.entries(optionsOf(command)).flatMap(([flag, def]) => optionLines(start, flag, def));
  if (command.words === undefined) return lines;
  const { choices = [] } = command.words;
  return [...lines, `${start} ${choices.length > 0 ? `-a ${quoted(choices.join(" "))}` : "-F"}`];
}

function optionLines(start: string, flag: string, def: OptionDef): readonly string[] {
  const letter = def.alias === undefined ? "" : ` -s ${def.alias}`;
  const line = `${start} -l ${flag}${letter}${valueWords(flag, def)} -d ${quoted(def.description)}`;
  if (def.negativeDescription === undefined) return [line];
  return [line, `${start} -l no-${flag} -d ${quoted(def.negativeDescription)}`];
}

function valueWords(flag: string, def: OptionDef): string {
  if (def.type === "boolean") return "";
  const by = completedBy(flag, def);
  if (by === "files") return " -r -F";
  if (by === "accounts") return ` -x -a ${quoted(`(sh -c ${quoted(ACCOUNT_NAMES)})`)}`;
  return by.length > 0 ? ` -x -a ${quoted(by.join(" "))}` : " -x";
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
