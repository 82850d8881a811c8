import { stripVTControlCharacters } from "node:util";
import { defineCommand, renderUsage } from "citty";
import { version } from "../../../package.json";
import type { Output } from "../command-io.ts";
import { demoOptions } from "../demo/demo-options.ts";
import { simulateOptions } from "../simulate/simulate-options.ts";
import { exportOptions } from "./export-options.ts";

const demo = defineCommand({
  meta: { name: "demo", description: "Export 25,000 profiles of the built-in simulator into demo.duckdb" },
  args: demoOptions,
});

const simulate = defineCommand({
  meta: { name: "simulate", description: "Serve a local Engage API to try things against" },
  args: simulateOptions,
});

const meta = { name: "engage-export", version, description: "Export every Mixpanel user or group profile" };
const command = defineCommand({ meta, args: exportOptions, subCommands: { demo, simulate } });
const parent = { meta };

const NOTES = `
EXAMPLES

  engage-export > profiles.ndjson
  engage-export --out profiles.duckdb --where 'properties["plan"] == "pro"'
  engage-export --out profiles.ndjson.gz --output-properties '$email' --output-properties plan

EXIT CODES

  0 complete   1 pages or rows are missing, or another failure   2 wrong usage, nothing was requested
  3 credentials, role or plan   4 still rate limited   130 interrupted
`;

/** The usage of the command or of one of its subcommands; coloured on a terminal only. */
export async function usage(name: "demo" | "simulate" | undefined, output: Output): Promise<string> {
  const text = name === undefined ? `${await renderUsage(command)}\n${NOTES}` : `${await subcommandUsage(name)}\n`;
  return output.isTTY ? text : stripVTControlCharacters(text).replace(/ +$/gm, "");
}

function subcommandUsage(name: "demo" | "simulate"): Promise<string> {
  return name === "demo" ? renderUsage(demo, parent) : renderUsage(simulate, parent);
}
