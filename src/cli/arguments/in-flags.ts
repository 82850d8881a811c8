import { EngageError, isEngageError } from "../../engage-error.ts";
import type { Settings } from "../accounts/setting.ts";
import { ArgumentsError } from "./arguments-error.ts";
import type { OptionDef, OptionDefs } from "./option-def.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** An option of the library, as the user of the command knows it. */
interface KnownOption {
  /** A flag, a variable, or a member of the account file. */
  readonly name: string;
  /** What was given. */
  readonly text?: string | undefined;
  readonly reads?: OptionDef["reads"];
}

/** What there is to be named. */
interface Known {
  readonly defs: OptionDefs;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly settings?: Settings;
}

/**
 * Says an error of the library in the words of the command: flags for options and modes, and seconds for milliseconds.
 * Whatever is no such error comes back as it is.
 */
export function inFlags(error: unknown, { defs, given = {}, settings }: Known): unknown {
  if (!isEngageError(error) || error instanceof ArgumentsError) return error;
  const known = knownOptions(defs, given, settings);
  const { head, value } = split(error.message);
  const name = error.option ?? (error.code === "usage" ? /`(\w+)`/.exec(head)?.[1] : undefined);
  const option = name === undefined ? undefined : known.get(name);
  const words = inWords(option?.reads === "seconds" ? inSeconds(head) : head, known);
  const message = words + valueInFlags(value, error, option, defs);
  if (option !== undefined) return new ArgumentsError(message, error);
  return message === error.message ? error : new EngageError(error.code, message, { ...error, cause: error });
}

/** The same for the text of a warning. */
export function textInFlags(message: string, defs: OptionDefs): string {
  const { head, value } = split(message);
  return inWords(head, knownOptions(defs, {}, undefined)) + (value === undefined ? "" : `: ${value}`);
}

function inWords(head: string, known: ReadonlyMap<string, KnownOption>): string {
  return (
    head
      .replace(/\bmode `(replace|update)`/g, "--$1")
      .replace(/\bappend, replace, or choose/g, "use --append or --replace, or choose")
      .replace(/\bresume its export, replace it\b/g, "use --resume, --replace")
      .replace(/(?<=[;,] (?:or )?)replace it\b/g, "use --replace")
      .replace(/`onInvalidProfile` threw/g, "--rejects failed")
      .replace(/`key`/g, "MP_HASH_KEY")
      .replace(/\bopen the sink\b/g, "open the output")
      .replace(/`maxPageBytes` allows/g, "one page may be")
      .replace(/`(\w+)`/g, (word, name: string) => known.get(name)?.name ?? word)
      // On the command line all is text, and no limit has a word of its own.
      .replace(/, or Infinity\b/g, "")
      .replace(/, as text\b/g, "")
  );
}

/** A message up to the value at its end, which is the user's and may hold any words. */
function split(message: string): { head: string; value: string | undefined } {
  const at = message.indexOf(": ");
  return at === -1 ? { head: message, value: undefined } : { head: message.slice(0, at), value: message.slice(at + 2) };
}

function inSeconds(rule: string): string {
  return rule
    .replace(/\b\d[\d,]*\b/g, (number) => (Number(number.replaceAll(",", "")) / 1000).toLocaleString("en-US"))
    .replace(/(a whole number of )?milliseconds/g, (_, whole) => (whole ? "a number of seconds" : "seconds"));
}

function valueInFlags(
  value: string | undefined,
  { code }: EngageError,
  option: KnownOption | undefined,
  defs: OptionDefs,
): string {
  if (value === undefined) return "";
  if (code === "checkpoint-mismatch" && value.startsWith("{")) return `: ${queryInFlags(value, defs)}`;
  const isAlone = option?.text !== undefined && (option.reads === "seconds" || value === JSON.stringify(option.text));
  return `: ${isAlone ? option?.text : value}`;
}

/** The options that ask for a query. */
function queryInFlags(json: string, defs: OptionDefs): string {
  const query: Readonly<Record<string, unknown>> = JSON.parse(json);
  const words = Object.entries(defs).flatMap(([name, { type, option, options = [] }]) =>
    [option, ...options]
      .map((each) => (each === undefined ? undefined : query[each]))
      .filter((value) => value !== undefined && value !== false)
      .map((value) => (type === "boolean" ? `--${name}` : `--${name} ${shellQuoted(textOf(value))}`)),
  );
  return [`--base-url ${shellQuoted(textOf(query.host))}`, ...words].join(" ");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function knownOptions(
  defs: OptionDefs,
  given: Readonly<Record<string, unknown>>,
  settings: Settings | undefined,
): ReadonlyMap<string, KnownOption> {
  const known = new Map<string, KnownOption>();
  for (const [flag, { option = "", options = [], reads, type }] of Object.entries(defs)) {
    const text = given[flag];
    const setting = settings?.get(option);
    const each = setting
      ? { name: setting.name, text: setting.value }
      : { name: `--${flag}`, reads, text: type === "boolean" || text === undefined ? undefined : String(text) };
    for (const name of [option, ...options]) if (name !== "") known.set(name, each);
  }
  const bearer = settings?.get("bearer");
  return bearer === undefined ? known : known.set("bearer", { name: bearer.name });
}
