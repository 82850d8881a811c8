import { accountOptions } from "./account-options.ts";
import type { Arguments, OptionDefs, OptionGroup } from "./option-def.ts";
import { messageOptions, outputOptions } from "./output-options.ts";
import { queryOptions, requestOptions } from "./query-options.ts";

/** Options of every command. */
export const helpOption = {
  help: { type: "boolean", alias: "h", description: "Print this" },
} as const satisfies OptionDefs;

const versionOption = { version: { type: "boolean", description: "Print the version" } } as const satisfies OptionDefs;

/** The options of an export, in the order of the usage. */
export const exportOptions = {
  ...accountOptions,
  ...queryOptions,
  ...requestOptions,
  ...outputOptions,
  ...messageOptions,
  ...versionOption,
  ...helpOption,
} as const satisfies OptionDefs;

/** The same under their headings. */
export const exportOptionGroups: readonly OptionGroup[] = [
  { heading: "ACCOUNT", options: accountOptions },
  { heading: "QUERY", options: queryOptions },
  { heading: "REQUESTS", options: requestOptions },
  { heading: "OUTPUT", options: outputOptions },
  { heading: "MESSAGES", options: { ...messageOptions, ...versionOption, ...helpOption } },
];

export type ExportArguments = Arguments<typeof exportOptions>;
