import { accountOptions } from "../arguments/account-options.ts";
import { helpOption } from "../arguments/export-options.ts";
import type { OptionDefs, OptionGroup } from "../arguments/option-def.ts";
import { quietOptions } from "../arguments/output-options.ts";
import { queryOptions, requestOptions } from "../arguments/query-options.ts";

const ownOptions = {
  "all-regions": {
    type: "boolean",
    description: "When Mixpanel does not accept the credentials, ask the other two regions as well",
  },
  ...quietOptions,
  ...helpOption,
} as const satisfies OptionDefs;

const askedOnce = {
  ...requestOptions,
  // A check says what happens, at once.
  "max-retries": { ...requestOptions["max-retries"], default: "0" },
} as const satisfies OptionDefs;

/** The options of `engage-export check`: what an export would ask, without where it would go. */
export const checkOptions = {
  ...accountOptions,
  ...queryOptions,
  ...askedOnce,
  ...ownOptions,
} as const satisfies OptionDefs;

/** The same under their headings. */
export const checkOptionGroups: readonly OptionGroup[] = [
  { heading: "ACCOUNT", options: accountOptions },
  { heading: "QUERY", options: queryOptions },
  { heading: "REQUESTS", options: askedOnce },
  { heading: "OPTIONS", options: ownOptions },
];
