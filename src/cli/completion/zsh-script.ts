import type { OptionDef } from "../arguments/option-def.ts";
import { type Command, optionsOf } from "../command.ts";
import { ACCOUNT_NAMES, completedBy } from "./completed-by.ts";

/** For zsh: to be evaluated, or a file `_engage-export` in a directory of `fpath`. */
export function zshScript(main: Command, commands: readonly Command[]): string {
  return `#compdef engage-export
# zsh completion of engage-export: eval "$(engage-export completion zsh)"
_engage-export() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  case $words[2] in
${commands.map((command) => `    ${command.name})\n      shift words\n      (( CURRENT-- ))\n${argumentsOf(command)}`).join("\n")}
    *)
${argumentsOf(main)}
  esac
}
_engage-export_accounts() {
  local -a names
  names=(\${(f)"$(${ACCOUNT_NAMES})"})
  compadd -a names
}
if [[ $funcstack[1] == _engage-export ]]; then
  _engage-export "$@"
else
  compdef _engage-export engage-export
fi
`;
}

function argumentsOf(command: Command): string {
  const { hint, choices = [] } = command.words ?? {};
  const specs = Object.entries(optionsOf(command)).flatMap(([flag, def]) => optionSpecs(flag, def));
  if (hint !== undefined)
    specs.push(quoted(`1:${escaped(hint)}:${choices.length > 0 ? `(${choices.join(" ")})` : "_files"}`));
  return ["      _arguments -s \\", ...specs.map((spec) => `        ${spec} \\`), "        && return", "      ;;"].join(
    "\n",
  );
}

function optionSpecs(flag: string, def: OptionDef): string[] {
  const { alias, type, description, negativeDescription, repeatable } = def;
  if (type === "boolean") {
    const text = `[${escaped(description)}]`;
    if (alias !== undefined) return [`'(-${alias} --${flag})'{-${alias},--${flag}}${quoted(text)}`];
    const negative = negativeDescription && quoted(`--no-${flag}[${escaped(negativeDescription)}]`);
    return [quoted(`--${flag}${text}`), ...(negative ? [negative] : [])];
  }
  const by = completedBy(flag, def);
  const action =
    by === "files"
      ? "_files"
      : by === "accounts"
        ? "_engage-export_accounts"
        : by.length > 0
          ? `(${by.join(" ")})`
          : " ";
  const text = `[${escaped(description)}]:${escaped(def.valueHint ?? "value")}:${action}`;
  if (repeatable) return [quoted(`*--${flag}=${text}`)];
  if (alias === undefined) return [quoted(`--${flag}=${text}`)];
  return [`'(-${alias} --${flag})'{-${alias}+,--${flag}=}${quoted(text)}`];
}

function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
