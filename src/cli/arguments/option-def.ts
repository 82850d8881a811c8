/** An option of the command. Parsing, usage, settings, completion and the words of errors follow from it. */
export interface OptionDef {
  readonly type: "string" | "boolean";
  /** For the usage; without the variable, the choices and the default, which are printed along. */
  readonly description: string;
  readonly valueHint?: string;
  /** One letter. */
  readonly alias?: string;
  /** Where it is given, `--no-NAME` exists too. */
  readonly negativeDescription?: string;
  /** May be repeated; any other option that is repeated would lose a value, and is refused. */
  readonly repeatable?: true;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** What counts when nothing gives a value. */
  readonly default?: string;
  /** The environment variable that gives the value when no flag does. */
  readonly variable?: string;
  /** Its name in an account of the account file, and the names it had. */
  readonly members?: readonly string[];
  /** The option of the library that it becomes. */
  readonly option?: string;
  /** Further options of the library that it may become, or that say the same. */
  readonly options?: readonly string[];
  /** How the text becomes the library's value. Default `text`. */
  readonly reads?: "text" | "whole" | "seconds" | "texts" | "json";
}

export type OptionDefs = Readonly<Record<string, OptionDef>>;

/** What was given, by the name of its option. */
export type Arguments<Defs extends OptionDefs> = {
  readonly [Name in keyof Defs]?: Defs[Name] extends { readonly type: "boolean" }
    ? boolean
    : Defs[Name] extends { readonly repeatable: true }
      ? readonly string[]
      : string;
};

/** Options under a heading of the usage. */
export interface OptionGroup {
  readonly heading: string;
  readonly options: OptionDefs;
}

/** Every way to write an option: `--out`, `--progress` and `--no-progress`. */
export function flagsOf(defs: OptionDefs): readonly string[] {
  return Object.entries(defs).flatMap(([name, { negativeDescription }]) =>
    negativeDescription === undefined ? [`--${name}`] : [`--${name}`, `--no-${name}`],
  );
}
