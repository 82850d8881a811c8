import { version } from "../../../package.json";
import type { Command } from "../command.ts";
import type { Output } from "../command-io.ts";
import type { OptionDef } from "./option-def.ts";

const WIDEST = 120;
const NARROWEST = 60;

/** The usage of a command, and for the export of those beside it; as wide as the terminal; headings stand out on a terminal only. */
export function usage(
  command: Command,
  commands: readonly Command[],
  { isTTY = false, columns = WIDEST }: Pick<Output, "isTTY" | "columns">,
): string {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns));
  const called = ["engage-export", command.name].filter((word) => word !== "").join(" ");
  const isExport = command.name === "";
  const sections = [
    isExport ? `${command.summary} (engage-export ${version})` : command.summary,
    section("USAGE", [
      [called, command.words?.hint, "[options]"].filter(Boolean).join(" "),
      ...(isExport ? ["engage-export COMMAND [options]"] : []),
    ]),
    ...(isExport
      ? [
          section(
            "COMMANDS",
            aligned(
              commands.map(({ name, summary }) => [name, summary]),
              width,
            ),
          ),
        ]
      : []),
    ...command.groups.map(({ heading, options }) =>
      section(
        heading,
        aligned(
          Object.entries(options).map(([name, def]) => [left(name, def), right(def)]),
          width,
        ),
      ),
    ),
  ];
  const text = `${sections.join("\n\n")}\n${command.notes ?? ""}`;
  return isTTY ? text.replace(/^[A-Z][A-Z ]+$/gm, "\u001b[1m$&\u001b[22m") : text;
}

function section(heading: string, lines: readonly string[]): string {
  return [heading, "", ...lines.map((line) => `  ${line}`)].join("\n");
}

function left(name: string, { alias, valueHint, negativeDescription }: OptionDef): string {
  const negative = negativeDescription === undefined ? "" : `, --no-${name}`;
  return `${alias === undefined ? "    " : `-${alias}, `}--${name}${negative}${valueHint === undefined ? "" : ` ${valueHint}`}`;
}

function right({ description, variable, default: value }: OptionDef): string {
  return [description, value && `(default: ${value})`, variable && `[${variable}]`].filter(Boolean).join(" ");
}

/** Two columns; the second one wraps. */
function aligned(rows: readonly (readonly [string, string])[], width: number): readonly string[] {
  const indent = Math.max(...rows.map(([first]) => first.length)) + 2;
  return rows.flatMap(([first, second]) =>
    wrapped(second, width - indent - 2).map((line, index) => `${(index === 0 ? first : "").padEnd(indent)}${line}`),
  );
}

function wrapped(text: string, width: number): readonly string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
