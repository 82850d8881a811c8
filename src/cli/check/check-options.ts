import { accountOptions } from "../arguments/account-options.ts";
import { helpOption } from "../arguments/export-options.ts";
import type { Arguments, OptionDefs, OptionGroup } from "../arguments/option-def.ts";
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

/** The options of `engage-export check`: what an export would ask, without where it would go. */
export const checkOptions = {
  ...accountOptions,
  ...queryOptions,
  ...requestOptions,
  ...ownOptions,
} as const satisfies OptionDefs;

/** The same under their headings. */
export const checkOptionGroups: readonly OptionGroup[] = [
  { heading: "ACCOUNT", options: accountOptions },
  { heading: "QUERY", options: queryOptions },
  { heading: "REQUESTS", options: requestOptions },
  { heading: "OPTIONS", options: ownOptions },
];

export type CheckArguments = Arguments<typeof checkOptions>;
