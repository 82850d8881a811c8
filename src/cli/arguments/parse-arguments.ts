import { parseArgs } from "node:util";
import { ArgumentsError } from "./arguments-error.ts";
import { nearest } from "./nearest.ts";
import { type Arguments, flagsOf, type OptionDefs } from "./option-def.ts";
import { checkChoice } from "./option-values.ts";

/** What was given: options by their names, and the words that belong to none. */
export type ParsedArguments<Defs extends OptionDefs> = Arguments<Defs> & { readonly words?: readonly string[] };

/**
 * Reads arguments by their definitions, strictly: nothing is guessed, ignored or overwritten.
 *
 * @param mostWords how many words may stand beside the options
 * @throws {ArgumentsError}
 */
export function parseArguments<const Defs extends OptionDefs>(
  args: readonly string[],
  defs: Defs,
  mostWords = 0,
): ParsedArguments<Defs> {
  // Strict mode would refuse `--group-id -1405123841946871899`; the tokens hold all it takes to be stricter elsewhere.
  const { tokens } = parseArgs({ args: [...args], options: nodeOptions(defs), strict: false, tokens: true });
  const given: Record<string, string | boolean | string[]> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (words.length === mostWords) {
        throw new ArgumentsError(`Cannot make sense of a word that belongs to no option: ${token.value}`);
      }
      words.push(token.value);
      continue;
    }
    const isNegative = token.name.startsWith("no-") && isNegatable(defs, token.name.slice(3));
    const name = isNegative ? token.name.slice(3) : token.name;
    const def = Object.hasOwn(defs, name) ? defs[name] : undefined;
    const written = args[token.index]?.replace(/(?<=^-.+)=.*/s, "") ?? token.rawName;
    if (def === undefined || isLongWithOneDash(written, defs)) throw unknownOption(written, defs);
    if (def.type === "boolean") {
      if (token.inlineValue) throw new ArgumentsError(`${token.rawName} takes no value: ${token.value}`);
      given[name] = !isNegative;
    } else {
      const value = textOf(token);
      if (def.choices) checkChoice(token.rawName, def.choices, value);
      const earlier = given[name];
      if (def.repeatable) given[name] = [...(Array.isArray(earlier) ? earlier : []), value];
      else if (earlier === undefined) given[name] = value;
      else throw new ArgumentsError(`${token.rawName} was given twice, and only one value can count: ${value}`);
    }
  }
  return { ...given, ...(words.length > 0 && { words }) } as ParsedArguments<Defs>;
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

/** `-out` would otherwise be `-o ut`. */
function isLongWithOneDash(written: string, defs: OptionDefs): boolean {
  return /^-[^-]./.test(written) && flagsOf(defs).includes(`-${written}`);
}

function unknownOption(written: string, defs: OptionDefs): ArgumentsError {
  const positive = written.replace(/^--no-/, "--");
  const isTurnedOff = positive !== written && flagsOf(defs).includes(positive);
  const near = isTurnedOff ? undefined : nearest(written, flagsOf(defs));
  const hint = isTurnedOff ? `; leave ${positive} out` : near === undefined ? "" : `; did you mean ${near}?`;
  return new ArgumentsError(`There is no such option: ${written}${hint}`);
}

function isNegatable(defs: OptionDefs, name: string): boolean {
  return Object.hasOwn(defs, name) && defs[name]?.negativeDescription !== undefined;
}

function nodeOptions(defs: OptionDefs) {
  return Object.fromEntries(
    Object.entries(defs).flatMap(([name, { type, alias, negativeDescription }]) => [
      [name, { type, ...(alias !== undefined && { short: alias }) }],
      ...(negativeDescription === undefined ? [] : [[`no-${name}`, { type }]]),
    ]),
  );
}
