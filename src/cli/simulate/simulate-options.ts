import type { OptionDef } from "../arguments/parse-arguments.ts";

/** The options of `engage-export simulate`. */
export const simulateOptions = {
  port: { type: "string", valueHint: "N", description: "0 takes a free one (Default: 8686)" },
  profiles: { type: "string", valueHint: "N", description: "Profiles to serve (Default: 25000)" },
  "page-size": { type: "string", valueHint: "N", description: "Profiles a page (Default: 1000)" },
  latency: { type: "string", valueHint: "SECONDS", description: "From a request to its response (Default: 0.3)" },
  jitter: { type: "string", valueHint: "SHARE", description: "How far latency strays, 0 to 1 (Default: 0.5)" },
  seed: { type: "string", valueHint: "N", description: "The same seed, the same profiles (Default: 1)" },
  "hourly-queries": { type: "string", valueHint: "N", description: "Queries an hour before a 429 (Default: 60)" },
  fault: {
    type: "string",
    repeatable: true,
    valueHint: "KIND[@PAGE][xTIMES]",
    description: "503@2, reset@every, cut@last, rate-limit@1x3, or a rule as JSON; repeat it for more",
  },
  help: { type: "boolean", alias: "h", description: "Print this" },
} as const satisfies Readonly<Record<string, OptionDef>>;
