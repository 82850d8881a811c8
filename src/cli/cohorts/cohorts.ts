import { listCohorts } from "../../source/list-cohorts.ts";
import { readSettings } from "../accounts/settings.ts";
import { askOptions } from "../arguments/ask-options.ts";
import { inFlags } from "../arguments/in-flags.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { levelOf, Messages } from "../terminal/messages.ts";
import { textTable } from "../terminal/text-table.ts";
import { cohortsOptions } from "./cohorts-options.ts";

/**
 * Prints the cohorts of the project, by one query: as a table on a terminal, as JSON elsewhere.
 *
 * @throws {EngageError}
 */
export async function cohorts(args: readonly string[], io: CommandIO): Promise<ExitCode> {
  const given = parseArguments(args, cohortsOptions);
  const messages = new Messages(io.stderr, levelOf(given));
  const settings = await readSettings(given, io, messages);
  const options = askOptions(given, settings, io, messages);
  messages.note("one query lists the cohorts; Mixpanel counts it toward the 60 of an hour");
  const list = await listCohorts({ ...options, onWarning: ({ message }) => messages.warning(message) }).catch(
    (error) => {
      throw inFlags(error, { defs: cohortsOptions, given, settings });
    },
  );
  // A number in a table would get commas.
  const rows = list.map(({ id, name, count }) => [String(id), name, count]);
  const table = `${textTable(["id", "name", "profiles"], rows)}\n`;
  await print(io.stdout, io.stdout.isTTY ? io.stderr.shown(table) : `${JSON.stringify(list)}\n`);
  return EXIT.complete;
}
