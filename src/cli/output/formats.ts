import type { ExportMode } from "../../export/export-sink.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import type { ExportArguments } from "../arguments/export-options.ts";
import type { CommandIO } from "../command-io.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OpenOutput } from "./open-output.ts";

/** A flag that some formats take and others do not. */
export type FormatFlag = keyof ExportArguments &
  (
    | "append"
    | "batch-size"
    | "column-names"
    | "columns"
    | "gzip"
    | "max-columns"
    | "overlap"
    | "profiles-per-file"
    | "raw"
    | "table"
    | "update"
  );

/** What the command knows of a format. Usage, refusals and hints follow from this. */
export interface Format {
  /** As `--format` takes it. */
  readonly name: string;
  /** As a person says it. */
  readonly title: string;
  /** Endings of files, without the dot; none for what is no file. */
  readonly endings: readonly string[];
  /** Schemes of URLs that say it, if it is no file. */
  readonly schemes?: readonly string[];
  /** Whether `.gz` may follow the ending. */
  readonly gzip: boolean;
  /** Whether it can go to standard output. */
  readonly streams: boolean;
  /** The flags that it takes, of those that not every format does. */
  readonly flags: readonly FormatFlag[];
  /** The same for part files in a directory or an object store; absent if it does not come in parts. */
  readonly parts?: {
    readonly name: "ndjson" | "parquet" | "csv";
    /** Whether they are compressed unless a flag says otherwise. */
    readonly gzip: boolean;
    readonly flags: readonly FormatFlag[];
  };
  open(plan: OutputPlan, io: OutputIO, messages: Messages): Promise<OpenOutput>;
}

export type OutputIO = Pick<CommandIO, "stdout" | "stderr" | "signals" | "env">;

/** Where the profiles go, and how. */
export interface OutputPlan {
  readonly format: Format;
  /** A file or a URL; undefined for standard output. */
  readonly path: string | undefined;
  readonly gzip: boolean;
  readonly mode: ExportMode;
  /** Whether a table is brought up to date; then `mode` says nothing. */
  readonly update?: UpdatePlan | undefined;
  readonly resume: boolean;
  readonly onFailedPage: "skip" | "stop";
  /** Lines as the API sent them. */
  readonly raw?: boolean | undefined;
  /** Whether profiles that cannot be held there are kept elsewhere. */
  readonly keepsInvalid?: boolean;
  /** What shapes the rows beside the query. */
  readonly shape?: OutputShape | undefined;
  readonly table?: string | undefined;
  readonly batchSize?: number | undefined;
  /** Which properties get a column, if there are to be columns. */
  readonly columns?: ColumnsPlan | undefined;
  /** What only part files have; undefined for anything else. */
  readonly parts?: PartsPlan | undefined;
}

/** How a table is brought up to date. */
export interface UpdatePlan {
  /** Milliseconds that it goes back behind the export it follows; undefined for the default. */
  readonly overlap: number | undefined;
}

/** Which properties get a column, and what it is called. */
export interface ColumnsPlan {
  readonly maxColumns: number | undefined;
  readonly columnNames: "exact" | "plain";
  /** These, in this order. */
  readonly columns: readonly string[] | undefined;
}

/** How the profiles come in parts. */
export interface PartsPlan {
  readonly format: NonNullable<Format["parts"]>["name"];
  readonly profilesPerFile: number | undefined;
  /** Where the rows of columns collect if the store has no place for them; undefined for the current directory. */
  readonly workingDirectory: string | undefined;
}

/** The one table of formats: a new one is an entry. What opens it is loaded when it is asked for. */
export const FORMATS: readonly Format[] = [
  {
    name: "ndjson",
    title: "NDJSON",
    endings: ["ndjson", "jsonl"],
    gzip: true,
    streams: true,
    flags: ["append", "raw"],
    parts: { name: "ndjson", gzip: true, flags: ["gzip", "profiles-per-file", "raw"] },
    open: async (...output) => (await import("./open-ndjson.ts")).openNdjson(...output),
  },
  {
    name: "duckdb",
    title: "DuckDB",
    endings: ["duckdb", "db"],
    gzip: false,
    streams: false,
    flags: ["append", "update", "overlap", "table", "batch-size", "columns", "max-columns", "column-names"],
    open: async (...output) => (await import("./open-duckdb.ts")).openDuckDB(...output),
  },
  {
    name: "parquet",
    title: "Parquet",
    endings: ["parquet"],
    gzip: false,
    streams: false,
    flags: ["max-columns", "column-names"],
    parts: { name: "parquet", gzip: false, flags: ["profiles-per-file", "max-columns", "column-names"] },
    open: async (...output) => (await import("./open-column-file.ts")).openColumnFile(...output),
  },
  {
    name: "csv",
    title: "CSV",
    endings: ["csv"],
    gzip: true,
    streams: false,
    flags: ["max-columns", "column-names"],
    parts: { name: "csv", gzip: false, flags: ["gzip", "profiles-per-file", "max-columns", "column-names"] },
    open: async (...output) => (await import("./open-column-file.ts")).openColumnFile(...output),
  },
  {
    name: "postgres",
    title: "Postgres",
    endings: [],
    schemes: ["postgres", "postgresql"],
    gzip: false,
    streams: false,
    flags: ["append", "update", "overlap", "table", "batch-size"],
    open: async (...output) => (await import("./open-postgres.ts")).openPostgres(...output),
  },
];

/** Those that a file can have, and `--format` can name. */
export const FILE_FORMATS = FORMATS.filter(({ schemes }) => schemes === undefined);

/** The format of that name, as `--format` takes it. */
export function formatNamed(name: string): Format | undefined {
  return FILE_FORMATS.find((format) => format.name === name);
}

/** The format that the scheme of a URL says, if it is one of a database. */
export function formatOfUrl(out: string): Format | undefined {
  return FORMATS.find(({ schemes = [] }) => schemes.some((scheme) => out.startsWith(`${scheme}://`)));
}

/** The formats that take a flag, for a sentence. */
export function titlesTaking(flag: FormatFlag): string {
  const whole = FORMATS.filter(({ flags }) => flags.includes(flag));
  if (whole.length > 0) return titlesOf(whole);
  const inParts = FORMATS.filter(({ parts }) => parts !== undefined);
  const taking = inParts.filter(({ parts }) => parts?.flags.includes(flag));
  return taking.length === inParts.length ? "part files" : `part files of ${titlesOf(taking)}`;
}

function titlesOf(formats: readonly Format[]): string {
  return formats
    .map(({ title }) => title)
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1");
}
