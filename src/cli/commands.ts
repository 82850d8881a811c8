import { exportOptionGroups, helpOption } from "./arguments/export-options.ts";
import type { OptionDefs, OptionGroup } from "./arguments/option-def.ts";
import { checkOptionGroups } from "./check/check-options.ts";
import { cohortsOptionGroups } from "./cohorts/cohorts-options.ts";
import { columnsOptions } from "./columns/columns-options.ts";
import type { Command } from "./command.ts";
import { simulateOptions } from "./simulate/simulate-options.ts";

const EXPORT_NOTES = `
EXAMPLES

  engage-export > profiles.ndjson
  engage-export --out profiles.duckdb --where 'properties["plan"] == "pro"'
  engage-export --out s3://team/profiles/ --resume
  engage-export --out profiles.ndjson.gz --output-properties '$email' --output-properties plan

SETTINGS

  Each value comes from its flag, else from the account that --account names, else from the variable in brackets,
  else from the account that MP_ACCOUNT names or, without it, from the active account of the account file. Username
  and secret, or a token, come from one place. The file is read only when an account is named or something is missing.

  An object store takes its keys from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and its place from
  AWS_REGION and, when it is not Amazon's, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.

MESSAGES AND DATA

  The data goes to --out or to stdout, which then holds nothing else. With --out, stdout holds the result as JSON.
  Progress, warnings, errors and the summary go to stderr.

EXIT CODES

  0 complete   1 pages or rows are missing, or another failure   2 wrong usage, nothing was requested
  3 credentials, role or plan   4 still rate limited   130 interrupted
`;

const CHECK_NOTES = `
It asks for the first page of what the options say: one query, which Mixpanel counts toward the 60 of an hour. On a
terminal stdout shows the account, project, host and proxy, how many profiles there are and how long an export takes;
elsewhere it holds the same as JSON. The exit code is the one that the export would end with.
`;

const COHORTS_NOTES = `
It sends one query, which Mixpanel counts toward the 60 of an hour. On a terminal stdout shows a table, elsewhere it
holds one JSON array. --cohort of an export takes the number as well as the name.
`;

const COLUMNS_NOTES = `
It requests nothing and changes nothing. On a terminal stdout shows a table, elsewhere it holds one JSON array. The
number of different values is an estimate.

EXAMPLE

  engage-export columns profiles.duckdb
`;

const COMPLETION_NOTES = `
EXAMPLES

  eval "$(engage-export completion bash)"       in ~/.bashrc
  eval "$(engage-export completion zsh)"        in ~/.zshrc, after compinit
  engage-export completion fish | source        in ~/.config/fish/config.fish
`;

/** What `engage-export` does without a command. */
export const exportItself: Command = {
  name: "",
  summary: "Export every Mixpanel user or group profile",
  groups: exportOptionGroups,
  notes: EXPORT_NOTES,
  run: async (args, io) => (await import("./export/export-command.ts")).exportCommand(args, io),
};

/** The commands beside the export, in the order of the usage. */
export const commands: readonly Command[] = [
  {
    name: "demo",
    summary: "Export 25,000 profiles of the built-in simulator into demo.duckdb",
    groups: options(helpOption),
    run: async (args, io) => (await import("./demo/demo.ts")).demo(args, io),
  },
  {
    name: "simulate",
    summary: "Serve a local Engage API to try things against",
    groups: options(simulateOptions),
    run: async (args, io) => (await import("./simulate/simulate.ts")).simulate(args, io),
  },
  {
    name: "check",
    summary: "Say by one query whether an export would work, and how long it would take",
    groups: checkOptionGroups,
    notes: CHECK_NOTES,
    run: async (args, io) => (await import("./check/check.ts")).check(args, io),
  },
  {
    name: "cohorts",
    summary: "List the project's cohorts: number, name and size",
    groups: cohortsOptionGroups,
    notes: COHORTS_NOTES,
    run: async (args, io) => (await import("./cohorts/cohorts.ts")).cohorts(args, io),
  },
  {
    name: "columns",
    summary: "Show the properties of a DuckDB table of profiles: names, types and how many profiles have each",
    groups: options(columnsOptions),
    words: { hint: "FILE.duckdb" },
    notes: COLUMNS_NOTES,
    run: async (args, io) => (await import("./columns/columns.ts")).columns(args, io),
  },
  {
    name: "completion",
    summary: "Print what a shell runs to complete commands, options and values",
    groups: options(helpOption),
    words: { hint: "bash|zsh|fish", choices: ["bash", "zsh", "fish"] },
    notes: COMPLETION_NOTES,
    run: async (args, io) => (await import("./completion/completion.ts")).completion(args, io, exportItself, commands),
  },
];

function options(defs: OptionDefs): readonly OptionGroup[] {
  return [{ heading: "OPTIONS", options: defs }];
}
