import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import type { ExportArguments } from "../arguments/export-options.ts";
import { milliseconds, textList, wholeNumber } from "../arguments/option-values.ts";
import {
  type ColumnsPlan,
  FILE_FORMATS,
  FORMATS,
  type Format,
  type FormatFlag,
  formatNamed,
  formatOfUrl,
  type OutputPlan,
  type PartsPlan,
  titlesTaking,
  type UpdatePlan,
} from "./formats.ts";
import { isObjectStore } from "./object-store-url.ts";
import { isStandardOutput } from "./standard-output.ts";

const FORMAT_FLAGS: ReadonlySet<FormatFlag> = new Set(
  FORMATS.flatMap(({ flags, parts }) => [...flags, ...(parts?.flags ?? [])]),
);

/**
 * Decides where the profiles go. Changes nothing.
 *
 * @throws {ArgumentsError} if the options contradict each other
 */
export function outputPlan(given: ExportArguments, cwd?: string): OutputPlan {
  const { append = false, replace = false, resume = false } = given;
  const out = given.out === undefined || isStandardOutput(given.out) ? "-" : given.out;
  const modes = (["append", "replace", "update"] as const).filter((flag) => given[flag]);
  if (modes.length > 1) refuse(`${modes.map((flag) => `--${flag}`).join(" and ")} exclude each other`);
  const isStore = isObjectStore(out);
  const isDatabase = formatOfUrl(out) !== undefined;
  const path = isStore || isDatabase || cwd === undefined ? out : resolve(cwd, out);
  const isInParts = isStore || (!isDatabase && (out.endsWith("/") || (out !== "-" && isDirectory(path))));
  const { format, gzip } = isInParts ? partsOf(given) : formatOf(out, given.format);
  const { flags = [] } = isInParts ? (format.parts ?? {}) : format;
  for (const flag of FORMAT_FLAGS) {
    if (given[flag] === undefined || flags.includes(flag)) continue;
    const isOfParts = FORMATS.some(({ parts }) => parts?.flags.includes(flag));
    const problem = `--${flag} is for ${titlesTaking(flag)}${isInParts && !isOfParts ? ", not for part files" : ""}`;
    refuse(problem, ...(typeof given[flag] === "string" ? [given[flag]] : []));
  }
  const hasColumns = given.columns === true || !flags.includes("columns");
  for (const flag of ["max-columns", "column-names"] as const) {
    if (given[flag] !== undefined && !hasColumns) refuse(`--${flag} needs --columns for ${format.title}`, given[flag]);
  }
  const onFailedPage = given["on-failed-page"] === "stop" ? "stop" : "skip";
  const shared = { format, gzip, raw: given.raw, onFailedPage } as const;
  if (out === "-") {
    for (const flag of ["append", "replace", "update", "resume"] as const) {
      if (given[flag]) refuse(`--${flag} needs --out FILE: what went to standard output cannot be taken up again`);
    }
    return { ...shared, path: undefined, mode: "create", resume: false };
  }
  if (gzip && append) refuse("--append cannot add to a compressed file; use --replace, or a file without .gz", out);
  return {
    ...shared,
    path,
    mode: append ? "append" : replace ? "replace" : "create",
    update: updatePlan(given),
    resume,
    table: given.table,
    batchSize: wholeNumber("--batch-size", given["batch-size"]),
    columns: hasColumns ? columnsPlan(given) : undefined,
    parts: isInParts && format.parts ? partsPlan(format.parts.name, given, cwd) : undefined,
  };
}

function updatePlan({ update = false, overlap }: ExportArguments): UpdatePlan | undefined {
  if (update) return { overlap: overlap === undefined ? undefined : milliseconds("--overlap", overlap, "hours") };
  if (overlap !== undefined) refuse("--overlap is for --update", overlap);
  return undefined;
}

function columnsPlan(given: ExportArguments): ColumnsPlan {
  return {
    maxColumns: wholeNumber("--max-columns", given["max-columns"]),
    columnNames: given["column-names"] === "plain" ? "plain" : "exact",
    columns: given["output-properties"] && textList("--output-properties", given["output-properties"]),
  };
}

function partsPlan(format: PartsPlan["format"], given: ExportArguments, cwd: string | undefined): PartsPlan {
  const profilesPerFile = wholeNumber("--profiles-per-file", given["profiles-per-file"]);
  return { format, profilesPerFile, workingDirectory: cwd };
}

/** False also if it cannot be looked at: what opens it says why. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/** The format of part files. */
function partsOf({ out, format: asked, gzip }: ExportArguments): FormatOf {
  const format = FORMATS.find(({ name, parts }) => parts !== undefined && name === (asked ?? name));
  if (format?.parts === undefined) refuse(`--format ${asked} is for one file, and part files belong there`, out);
  return { format, gzip: gzip ?? format.parts.gzip };
}

interface FormatOf {
  readonly format: Format;
  readonly gzip: boolean;
}

function formatOf(out: string, asked: string | undefined): FormatOf {
  const named = asked === undefined ? undefined : formatNamed(asked);
  if (out === "-") {
    const format = named ?? FORMATS.find(({ streams }) => streams);
    if (!format?.streams) refuse(`--format ${asked} needs --out FILE`);
    return { format, gzip: false };
  }
  const database = formatOfUrl(out);
  if (database !== undefined) {
    if (asked !== undefined) refuse("--format is for files, and --out is a database", asked);
    return { format: database, gzip: false };
  }
  const name = basename(out).toLowerCase();
  const gzip = name.endsWith(".gz");
  const stem = gzip ? name.slice(0, -".gz".length) : name;
  const said = FORMATS.find(({ endings }) => endings.some((ending) => stem.endsWith(`.${ending}`)));
  const format = named ?? said;
  if (format === undefined) {
    const names = FILE_FORMATS.map((each) => each.name).join(", ");
    refuse(`the ending of --out says no format; add --format with one of ${names}`, out);
  }
  if (said !== undefined && said !== format) refuse(`--format ${asked} contradicts the ending of --out`, out);
  if (gzip && !format.gzip) refuse(`a ${format.title} file cannot be compressed; leave .gz out`, out);
  return { format, gzip };
}

function refuse(problem: string, ...value: readonly unknown[]): never {
  throw new ArgumentsError(`Cannot export there, ${problem}${value.length === 0 ? "" : `: ${value[0]}`}`);
}
