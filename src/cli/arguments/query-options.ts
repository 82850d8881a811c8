import type { OptionDefs } from "./option-def.ts";

/** Which profiles, and what of them. */
export const queryOptions = {
  where: {
    type: "string",
    alias: "w",
    valueHint: "EXPRESSION",
    option: "where",
    description: `Only profiles that match, like 'properties["plan"] == "pro"'`,
  },
  cohort: {
    type: "string",
    valueHint: "ID|NAME",
    option: "cohortId",
    description: "Only members of this cohort; a name costs a query that looks it up",
  },
  "include-all-users": {
    type: "boolean",
    option: "includeAllUsers",
    description: "With --cohort, also ids without a profile",
  },
  "output-properties": {
    type: "string",
    repeatable: true,
    valueHint: "NAME",
    option: "outputProperties",
    reads: "texts",
    description: "Only this property; repeat it or give a JSON array",
  },
  "distinct-id": {
    type: "string",
    repeatable: true,
    valueHint: "ID",
    option: "distinctIds",
    options: ["distinctId"],
    reads: "texts",
    description: "Only this profile; repeat it or give a JSON array",
  },
  "group-id": {
    type: "string",
    valueHint: "ID",
    option: "groupId",
    description: "Group profiles: the group's data_group_id",
  },
  behaviors: {
    type: "string",
    repeatable: true,
    valueHint: "JSON",
    option: "behaviors",
    reads: "json",
    description: "Event selectors for --where; repeat it or give a JSON array",
  },
  "as-of-timestamp": {
    type: "string",
    valueHint: "SECONDS",
    option: "asOfTimestamp",
    reads: "whole",
    description: "Unix time at which --behaviors are evaluated",
  },
  "page-size": {
    type: "string",
    valueHint: "N",
    option: "pageSize",
    reads: "whole",
    description: "Profiles a page; the server has the last word",
  },
  limit: { type: "string", valueHint: "N", option: "limit", reads: "whole", description: "Stop after N profiles" },
} as const satisfies OptionDefs;

/** How long it is tried. */
export const repeatOptions = {
  "max-retries": {
    type: "string",
    valueHint: "N",
    default: "5",
    option: "maxRetries",
    reads: "whole",
    description: "Repeats of a page that fails",
  },
  timeout: {
    type: "string",
    valueHint: "SECONDS",
    default: "500",
    option: "timeout",
    reads: "seconds",
    description: "For one request and its answer",
  },
  "max-wait": {
    type: "string",
    valueHint: "SECONDS",
    default: "3900",
    option: "maxWait",
    reads: "seconds",
    description: "For a rate limit to end",
  },
} as const satisfies OptionDefs;

/** How the pages are requested. */
export const requestOptions = {
  workers: {
    type: "string",
    valueHint: "N",
    default: "5",
    option: "concurrency",
    reads: "whole",
    description: "Requests at a time, 1 to 5",
  },
  concurrency: { type: "string", valueHint: "N", description: "The same as --workers" },
  ...repeatOptions,
} as const satisfies OptionDefs;
