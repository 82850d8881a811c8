import { helpOption } from "../arguments/export-options.ts";
import type { OptionDefs } from "../arguments/option-def.ts";
import { columnOptions, outputOptions } from "../arguments/output-options.ts";

/** The options of `engage-export columns`. */
export const columnsOptions = {
  table: { ...outputOptions.table, description: "DuckDB table of profiles" },
  ...columnOptions,
  ...helpOption,
} as const satisfies OptionDefs;
