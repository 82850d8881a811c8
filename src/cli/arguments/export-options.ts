import type { Arguments, OptionDef } from "./parse-arguments.ts";

/** The options of an export, in the order of the usage. */
export const exportOptions = {
  "project-id": { type: "string", valueHint: "ID", description: "Mixpanel project, or MP_PROJECT_ID" },
  username: { type: "string", valueHint: "NAME", description: "Service account, or MP_USERNAME" },
  "secret-file": {
    type: "string",
    valueHint: "FILE",
    description: "File that holds its secret, - for standard input, or MP_SECRET",
  },
  region: { type: "string", valueHint: "us|eu|in", description: "Where the project lives, or MP_REGION (Default: us)" },
  "base-url": { type: "string", valueHint: "URL", description: "Instead of a region, or MP_API_BASE_URL" },
  "workspace-id": { type: "string", valueHint: "ID", description: "For Data Views, or MP_WORKSPACE_ID" },

  where: {
    type: "string",
    alias: "w",
    valueHint: "EXPRESSION",
    description: `Only profiles that match, like 'properties["plan"] == "pro"'`,
  },
  cohort: { type: "string", valueHint: "ID", description: "Only members of this cohort" },
  "include-all-users": { type: "boolean", description: "With --cohort, also ids without a profile" },
  "output-properties": {
    type: "string",
    repeatable: true,
    valueHint: "NAME",
    description: "Only this property; repeat it or give a JSON array",
  },
  "distinct-id": {
    type: "string",
    repeatable: true,
    valueHint: "ID",
    description: "Only this profile; repeat it or give a JSON array",
  },
  "group-id": { type: "string", valueHint: "ID", description: "Group profiles: the group's data_group_id" },
  behaviors: {
    type: "string",
    repeatable: true,
    valueHint: "JSON",
    description: "Event selectors for --where; repeat it or give a JSON array",
  },
  "as-of-timestamp": {
    type: "string",
    valueHint: "SECONDS",
    description: "Unix time at which --behaviors are evaluated",
  },
  "page-size": { type: "string", valueHint: "N", description: "Profiles a page; the server has the last word" },
  limit: { type: "string", valueHint: "N", description: "Stop after N profiles" },

  workers: { type: "string", valueHint: "N", description: "Requests at a time, 1 to 5 (Default: 5)" },
  concurrency: { type: "string", valueHint: "N", description: "The same as --workers" },
  "max-retries": { type: "string", valueHint: "N", description: "Repeats of a page that fails (Default: 5)" },
  timeout: { type: "string", valueHint: "SECONDS", description: "For one request and its answer (Default: 500)" },
  "max-wait": { type: "string", valueHint: "SECONDS", description: "For a rate limit to end (Default: 3900)" },

  out: {
    type: "string",
    alias: "o",
    valueHint: "FILE",
    description: ".duckdb, .db, .ndjson, .jsonl, .ndjson.gz or .jsonl.gz; - is stdout",
  },
  format: {
    type: "string",
    alias: "f",
    valueHint: "ndjson|duckdb",
    description: "Where the ending of --out does not say it",
  },
  table: { type: "string", alias: "n", valueHint: "NAME", description: "DuckDB table (Default: profiles)" },
  append: { type: "boolean", alias: "a", description: "Add to what is there; in a table the newest wins" },
  replace: { type: "boolean", description: "Replace what is there, once the export is complete" },
  resume: { type: "boolean", description: "Go on where an interrupted export to --out stopped" },
  "batch-size": { type: "string", valueHint: "N", description: "Rows per DuckDB commit (Default: 1000)" },
  "on-failed-page": {
    type: "string",
    valueHint: "skip|stop",
    description: "Keep what came and list what did not, or end (Default: skip)",
  },
  "dry-run": { type: "boolean", description: "One query: how many profiles and pages; writes nothing" },

  progress: {
    type: "boolean",
    description: "Progress on stderr even where it is no terminal",
    negativeDescription: "No progress",
  },
  quiet: { type: "boolean", description: "No progress, warnings or summary, only errors" },
  verbose: { type: "boolean", description: "A line on stderr for each page and each request" },
  version: { type: "boolean", description: "Print the version" },
  help: { type: "boolean", alias: "h", description: "Print this" },
} as const satisfies Readonly<Record<string, OptionDef>>;

export type ExportArguments = Arguments<typeof exportOptions>;
