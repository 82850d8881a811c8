import { FILE_FORMATS, FORMATS, titlesTaking } from "../output/formats.ts";
import type { OptionDefs } from "./option-def.ts";

const formats: readonly string[] = FILE_FORMATS.map(({ name }) => name);
const endings = FILE_FORMATS.flatMap(({ endings, gzip }) =>
  endings.map((ending) => `.${ending}${gzip ? "[.gz]" : ""}`),
);
// With its type, since the flags of a format are named after the options that stand here.
const databases: string = titlesTaking("table");
const withColumnsTable: string = titlesTaking("columns");
const urls = FORMATS.flatMap(({ schemes: [scheme] = [] }) => (scheme === undefined ? [] : [`${scheme}://…`]));

/** Which properties get a column, and what it is called. */
export const columnOptions = {
  "max-columns": {
    type: "string",
    valueHint: "N",
    default: "300",
    option: "maxColumns",
    reads: "whole",
    description: "Properties that get a column, the most frequent first",
  },
  "column-names": {
    type: "string",
    valueHint: "exact|plain",
    choices: ["exact", "plain"],
    default: "exact",
    option: "columnNames",
    description: "Names of properties, or names that every warehouse takes",
  },
} as const satisfies OptionDefs;

/** Where the profiles go. */
export const outputOptions = {
  out: {
    type: "string",
    alias: "o",
    valueHint: "FILE",
    option: "path",
    description: `${[...endings, ...urls].join(", ")}; - is stdout; part files into DIR/ or s3://BUCKET/PREFIX/`,
  },
  format: {
    type: "string",
    alias: "f",
    valueHint: formats.join("|"),
    choices: formats,
    description: "When the ending of --out does not say it",
  },
  table: {
    type: "string",
    alias: "n",
    valueHint: "NAME",
    default: "profiles",
    option: "table",
    description: `Table of ${databases}`,
  },
  gzip: {
    type: "boolean",
    option: "gzip",
    description: "Compress part files of NDJSON, the default, or of CSV",
    negativeDescription: "Do not",
  },
  "profiles-per-file": {
    type: "string",
    valueHint: "N",
    default: "100000",
    option: "profilesPerFile",
    reads: "whole",
    description: "The most profiles in a part file",
  },
  columns: {
    type: "boolean",
    option: "columns",
    description: `Also make NAME_columns in ${withColumnsTable}, with a column for each property`,
  },
  ...columnOptions,
  append: { type: "boolean", alias: "a", description: "Add to what is there; in a table the newest wins" },
  replace: { type: "boolean", description: "Replace what is there, once the export is complete" },
  update: { type: "boolean", description: `Fetch what has changed since the last export; ${databases}` },
  overlap: {
    type: "string",
    valueHint: "HOURS",
    default: "48",
    option: "overlap",
    description: "How far --update goes back behind the last export",
  },
  resume: { type: "boolean", option: "resume", description: "Go on where an interrupted export to --out stopped" },
  "batch-size": {
    type: "string",
    valueHint: "N",
    default: "1000",
    option: "batchSize",
    reads: "whole",
    description: `Rows per commit of ${databases}`,
  },
  "on-failed-page": {
    type: "string",
    valueHint: "skip|stop",
    choices: ["skip", "stop"],
    default: "skip",
    option: "onFailedPage",
    description: "Keep what came and list what did not, or end",
  },
  rejects: {
    type: "string",
    valueHint: "FILE",
    option: "onInvalidProfile",
    description: "Keep profiles that cannot be read, a line of JSON each; the export is complete without them",
  },
  raw: {
    type: "boolean",
    option: "raw",
    description: "NDJSON as the API sends it, which Mixpanel's own importers read",
  },
  "drop-properties": {
    type: "string",
    repeatable: true,
    valueHint: "NAME",
    option: "drop",
    reads: "texts",
    description: "Leave this property out of all that is written; repeat it or give a JSON array",
  },
  "hash-properties": {
    type: "string",
    repeatable: true,
    valueHint: "NAME",
    option: "hash",
    reads: "texts",
    description: "Write its HMAC-SHA-256 instead, by the key in MP_HASH_KEY; repeat it or give a JSON array",
  },
  "dry-run": { type: "boolean", description: "One query: how many profiles and pages; writes nothing" },
} as const satisfies OptionDefs;

/** How much the command says on stderr. */
export const quietOptions = {
  quiet: { type: "boolean", description: "No progress, warnings or summary, only errors" },
  verbose: { type: "boolean", description: "A line on stderr for each page, request and change of pace" },
} as const satisfies OptionDefs;

/** What the command says beside the data. */
export const messageOptions = {
  progress: {
    type: "boolean",
    description: "Progress on stderr even when that is no terminal",
    negativeDescription: "No progress",
  },
  ...quietOptions,
} as const satisfies OptionDefs;
