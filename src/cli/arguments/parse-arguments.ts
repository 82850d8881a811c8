import { parseArgs } from "node:util";

/** An option of the command: what citty prints in the usage, and what the parser needs beside it. */
export interface OptionDef {
  readonly type: "string" | "boolean";
  readonly description: string;
  readonly valueHint?: string;
  /** One letter. */
  readonly alias?: string;
  /** Where it is given, `--no-NAME` exists too. */
  readonly negativeDescription?: string;
  /** May be repeated; any other option that is repeated would lose a value, and is refused. */
  readonly repeatable?: true;
}

/** What was given, by the name of its option. */
export type Arguments<Defs extends Readonly<Record<string, OptionDef>>> = {
  readonly [Name in keyof Defs]?: Defs[Name] extends { readonly type: "boolean" }
    ? boolean
    : Defs[Name] extends { readonly repeatable: true }
      ? readonly string[]
      : string;
};

/** Arguments that no option accounts for: the usage is printed along. */
export class ArgumentsError extends Error {
  override readonly name = "ArgumentsError";
}

/**
 * Reads arguments by their definitions, strictly: nothing is guessed, ignored or overwritten.
 *
 * @throws {ArgumentsError}
 */
export function parseArguments<const Defs extends Readonly<Record<string, OptionDef>>>(
  args: readonly string[],
  defs: Defs,
): Arguments<Defs> {
  // Strict mode would refuse `--group-id -1405123841946871899`; the tokens hold all it takes to be stricter elsewhere.
  const { tokens } = parseArgs({ args: [...args], options: nodeOptions(defs), strict: false, tokens: true });
  const given: Record<string, string | boolean | string[]> = {};
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      throw new ArgumentsError(`Cannot make sense of a word that belongs to no option: ${token.value}`);
    }
    const isNegative = token.name.startsWith("no-") && isNegatable(defs, token.name.slice(3));
    const name = isNegative ? token.name.slice(3) : token.name;
    const def = Object.hasOwn(defs, name) ? defs[name] : undefined;
    if (def === undefined) throw new ArgumentsError(`There is no such option: ${token.rawName}`);
    if (def.type === "boolean") {
      if (token.inlineValue) throw new ArgumentsError(`${token.rawName} takes no value: ${token.value}`);
      given[name] = !isNegative;
    } else {
      const value = textOf(token);
      const earlier = given[name];
      if (def.repeatable) given[name] = [...(Array.isArray(earlier) ? earlier : []), value];
      else if (earlier === undefined) given[name] = value;
      else throw new ArgumentsError(`${token.rawName} was given twice, and only one value can count: ${value}`);
    }
  }
  return given as Arguments<Defs>;
}

function textOf({ rawName, value, inlineValue }: OptionToken): string {
  if (value === undefined) throw new ArgumentsError(`${rawName} needs a value`);
  // A negative number is a value, and so is `-`, standard input or output.
  if (!inlineValue && /^-./.test(value) && !/^-\d+(\.\d+)?$/.test(value)) {
    throw new ArgumentsError(
      `${rawName} needs a value; for one that begins with a dash write ${rawName}=VALUE: ${value}`,
    );
  }
  if (value === "") {
    throw new ArgumentsError(
      `The value of ${rawName} is empty: in a shell "$email" is replaced by a variable, so write '$email' in single quotes`,
    );
  }
  return value;
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function isNegatable(defs: Readonly<Record<string, OptionDef>>, name: string): boolean {
  return Object.hasOwn(defs, name) && defs[name]?.negativeDescription !== undefined;
}

function nodeOptions(defs: Readonly<Record<string, OptionDef>>) {
  return Object.fromEntries(
    Object.entries(defs).flatMap(([name, { type, alias, negativeDescription }]) => [
      [name, { type, ...(alias !== undefined && { short: alias }) }],
      ...(negativeDescription === undefined ? [] : [[`no-${name}`, { type }]]),
    ]),
  );
}
