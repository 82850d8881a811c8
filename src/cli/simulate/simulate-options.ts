import { helpOption } from "../arguments/export-options.ts";
import type { OptionDefs } from "../arguments/option-def.ts";

/** The options of `engage-export simulate`. */
export const simulateOptions = {
  port: { type: "string", valueHint: "N", default: "8686", option: "port", description: "0 takes a free one" },
  profiles: {
    type: "string",
    valueHint: "N",
    default: "25000",
    option: "profiles",
    description: "Profiles to serve",
  },
  "page-size": { type: "string", valueHint: "N", default: "1000", option: "pageSize", description: "Profiles a page" },
  latency: {
    type: "string",
    valueHint: "SECONDS",
    default: "0.3",
    option: "latency",
    reads: "seconds",
    description: "From a request to its response",
  },
  jitter: {
    type: "string",
    valueHint: "SHARE",
    default: "0.5",
    option: "jitter",
    description: "How far latency strays, 0 to 1",
  },
  seed: {
    type: "string",
    valueHint: "N",
    default: "1",
    option: "seed",
    description: "The same seed, the same profiles",
  },
  "hourly-queries": {
    type: "string",
    valueHint: "N",
    default: "60",
    option: "hourlyQueries",
    description: "Queries an hour before a 429",
  },
  "concurrent-queries": {
    type: "string",
    valueHint: "N[,N@QUERIES]",
    default: "5",
    option: "concurrentQueries",
    description: "Queries at once before a 429, or unlimited; 2,5@50 is 2, and 5 after 50 queries",
  },
  "ignore-where": {
    type: "boolean",
    option: "ignoreWhere",
    description: "Ignore --where, as a server that does not know the expression",
  },
  fault: {
    type: "string",
    repeatable: true,
    valueHint: "KIND[:OPTION][@PAGE][xTIMES]",
    option: "faults",
    description: "503@2, reset@every, cut:close@last, rate-limit@1x3, or a rule as JSON; repeat it for more",
  },
  ...helpOption,
} as const satisfies OptionDefs;
