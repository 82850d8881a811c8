import { accountOptions } from "../arguments/account-options.ts";
import { helpOption } from "../arguments/export-options.ts";
import type { OptionDefs, OptionGroup } from "../arguments/option-def.ts";
import { quietOptions } from "../arguments/output-options.ts";
import { repeatOptions } from "../arguments/query-options.ts";

/** The options of `engage-export cohorts`. */
export const cohortsOptions = {
  ...accountOptions,
  ...repeatOptions,
  ...quietOptions,
  ...helpOption,
} as const satisfies OptionDefs;

/** The same under their headings. */
export const cohortsOptionGroups: readonly OptionGroup[] = [
  { heading: "ACCOUNT", options: accountOptions },
  { heading: "OPTIONS", options: { ...repeatOptions, ...quietOptions, ...helpOption } },
];
