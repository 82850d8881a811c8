import { basename, resolve } from "node:path";
import { EngageError } from "../../engage-error.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import type { ExportArguments } from "../arguments/export-options.ts";
import { wholeNumber } from "../arguments/option-values.ts";

/** Where the profiles go. */
export type OutputPlan =
  | { readonly kind: "stdout"; readonly onFailedPage: "skip" | "stop" }
  | {
      readonly kind: "ndjson";
      readonly path: string;
      readonly gzip: boolean;
      readonly mode: ExportMode;
      readonly resume: boolean;
      readonly onFailedPage: "skip" | "stop";
    }
  | {
      readonly kind: "duckdb";
      readonly path: string;
      readonly table?: string | undefined;
      readonly batchSize?: number | undefined;
      readonly mode: ExportMode;
      readonly resume?: boolean;
      readonly onFailedPage: "skip" | "stop";
    };

/**
 * Decides where the profiles go. Touches no file.
 *
 * @throws {EngageError} `usage`, where the options contradict each other
 */
export function outputPlan(given: ExportArguments, cwd?: string): OutputPlan {
  const { table, append = false, replace = false, resume = false } = given;
  const out = given.out === "/dev/stdout" ? "-" : (given.out ?? "-");
  const onFailedPage = oneOf("--on-failed-page", ["skip", "stop"], given["on-failed-page"]) ?? "skip";
  const batchSize = wholeNumber("--batch-size", given["batch-size"]);
  if (append && replace) refuse("--append and --replace exclude each other");
  const { format, gzip } = formatOf(out, oneOf("--format", ["ndjson", "duckdb"], given.format));
  if (format === "ndjson") {
    if (table !== undefined) refuse("--table is for DuckDB", table);
    if (batchSize !== undefined) refuse("--batch-size is for DuckDB", batchSize);
  }
  if (out === "-") {
    for (const flag of ["append", "replace", "resume"] as const) {
      if (given[flag]) refuse(`--${flag} needs --out FILE: what went to standard output cannot be taken up again`);
    }
    return { kind: "stdout", onFailedPage };
  }
  if (gzip && append) refuse("--append cannot add to a compressed file; use --replace, or a file without .gz", out);
  const path = cwd === undefined ? out : resolve(cwd, out);
  const mode = append ? "append" : replace ? "replace" : "create";
  return format === "ndjson"
    ? { kind: "ndjson", path, gzip, mode, resume, onFailedPage }
    : { kind: "duckdb", path, table, batchSize, mode, resume, onFailedPage };
}

function formatOf(out: string, asked: "ndjson" | "duckdb" | undefined) {
  if (out === "-") {
    if (asked === "duckdb") refuse("--format duckdb needs --out FILE");
    return { format: "ndjson", gzip: false } as const;
  }
  const name = basename(out).toLowerCase();
  const gzip = name.endsWith(".gz");
  const ending = /\.(duckdb|db|ndjson|jsonl)$/.exec(gzip ? name.slice(0, -3) : name)?.[1];
  const said = ending === undefined ? undefined : ending === "duckdb" || ending === "db" ? "duckdb" : "ndjson";
  const format = asked ?? said;
  if (format === undefined) {
    refuse("the ending of --out says no format; add --format ndjson or --format duckdb", out);
  }
  if (said !== undefined && asked !== undefined && said !== asked) {
    refuse(`--format ${asked} contradicts the ending of --out`, out);
  }
  if (gzip && format === "duckdb") refuse("a DuckDB file cannot be compressed; leave .gz out", out);
  return { format, gzip } as const;
}

function oneOf<const Choice extends string>(
  flag: string,
  choices: readonly Choice[],
  value: string | undefined,
): Choice | undefined {
  const choice = choices.find((known) => known === value);
  if (value !== undefined && choice === undefined) refuse(`${flag} must be ${choices.join(" or ")}`, value);
  return choice;
}

function refuse(problem: string, ...value: readonly unknown[]): never {
  throw new EngageError("usage", `Cannot export there, ${problem}${value.length === 0 ? "" : `: ${value[0]}`}`);
}
