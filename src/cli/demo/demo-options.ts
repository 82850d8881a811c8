import type { OptionDef } from "../arguments/parse-arguments.ts";

/** The options of `engage-export demo`. */
export const demoOptions = {
  help: { type: "boolean", alias: "h", description: "Print this" },
} as const satisfies Readonly<Record<string, OptionDef>>;
