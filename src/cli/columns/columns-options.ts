import { helpOption } from "../arguments/export-options.ts";
import type { OptionDefs } from "../arguments/option-def.ts";

/** The options of `engage-export columns`. */
export const columnsOptions = {
  table: {
    type: "string",
    alias: "n",
    valueHint: "NAME",
    default: "profiles",
    option: "table",
    description: "DuckDB table of profiles",
  },
  "max-columns": {
    type: "string",
    valueHint: "N",
    default: "300",
    option: "maxColumns",
    reads: "whole",
    description: "Properties to show, those that most profiles have first",
  },
  "column-names": {
    type: "string",
    valueHint: "exact|plain",
    choices: ["exact", "plain"],
    default: "exact",
    option: "columnNames",
    description: "Names of properties, or names that every warehouse takes",
  },
  ...helpOption,
} as const satisfies OptionDefs;
