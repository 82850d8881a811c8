import { flagsOf, type OptionDef } from "../arguments/option-def.ts";
import { type Command, optionsOf } from "../command.ts";
import { ACCOUNT_NAMES, completedBy } from "./completed-by.ts";

/** For bash, from 3.2 (which macOS has) on. */
export function bashScript(main: Command, commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion of engage-export: eval "$(engage-export completion bash)"
_engage_export() {
  local IFS=$'\\n' command='' words=''
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  # The equals sign of --option=value is a word of its own.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case \${COMP_WORDS[1]} in
    ${names.join("|")}) command=\${COMP_WORDS[1]} ;;
  esac
  case "$command:$previous" in
${[main, ...commands].flatMap(valueCases).join("\n")}
    *)
      case "$command" in
${[main, ...commands].map((command) => nameCase(command, names)).join("\n")}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _engage_export engage-export
`;
}

function valueCases(command: Command): readonly string[] {
  return Object.entries(optionsOf(command))
    .filter(([, { type }]) => type === "string")
    .map(([flag, def]) => {
      const written = [`--${flag}`, ...(def.alias === undefined ? [] : [`-${def.alias}`])];
      return `    ${written.map((each) => `${command.name}:${each}`).join("|")}) ${valueAction(flag, def)} ;;`;
    });
}

function valueAction(flag: string, def: OptionDef): string {
  const by = completedBy(flag, def);
  if (by === "files") return FILES;
  if (by === "accounts") return `words=$(${ACCOUNT_NAMES})`;
  return by.length === 0 ? "return" : `words=$'${by.join("\\n")}'`;
}

const FILES = `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return`;

function nameCase(command: Command, names: readonly string[]): string {
  const { choices = [] } = command.words ?? {};
  const flags = [...flagsOf(optionsOf(command)), ...choices].join("\\n");
  const lines = [`        '${command.name}')`, `          words=$'${flags}'`];
  if (command.name === "") {
    lines.push(`          [[ $COMP_CWORD == 1 ]] && words+=$'\\n${names.join("\\n")}'`);
  }
  if (command.words && choices.length === 0) lines.push(`          [[ $current == -* ]] || { ${FILES}; }`);
  return [...lines, "          ;;"].join("\n");
}
