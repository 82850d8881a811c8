import { resolve } from "node:path";
import { columnsOf } from "../../duckdb.ts";
import { EngageError } from "../../engage-error.ts";
import { readDatabase } from "../../sink/duckdb/duckdb-read.ts";
import { statOf } from "../../sink/file/output-file.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import { inFlags } from "../arguments/in-flags.ts";
import { wholeNumber } from "../arguments/option-values.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { textTable } from "../terminal/text-table.ts";
import { columnsOptions } from "./columns-options.ts";

/**
 * Prints the properties of a profile table: what a column of each would be called and its type, how many profiles have it, and
 * about how many different values there are. A table on a terminal, JSON elsewhere. It changes nothing.
 *
 * @throws {EngageError}
 */
export async function columns(args: readonly string[], io: CommandIO): Promise<ExitCode> {
  const given = parseArguments(args, columnsOptions, 1);
  const [file] = given.words ?? [];
  if (file === undefined) throw new ArgumentsError("Name a DuckDB file: engage-export columns profiles.duckdb");
  const path = io.cwd === undefined ? file : resolve(io.cwd, file);
  if ((await statOf(path)) === undefined)
    throw new EngageError("usage", `Cannot find the columns, there is no such file: ${file}`);
  try {
    const asked = {
      table: given.table ?? "profiles",
      maxColumns: wholeNumber("--max-columns", given["max-columns"]),
      columnNames: given["column-names"] === "plain" ? "plain" : "exact",
      countValues: true,
    } as const;
    const found = await readDatabase(path, (_, connection) => columnsOf(connection, asked), file);
    const rows = found.columns.map(({ property, name, type, profiles, values = 0 }) => ({
      property,
      name,
      type,
      profiles,
      distinct_values: values,
    }));
    const table = () => textTable(["property", "column", "type", "profiles", "values"], rows.map(Object.values));
    await print(io.stdout, io.stdout.isTTY ? `${table()}\n` : `${JSON.stringify(rows)}\n`);
    return EXIT.complete;
  } catch (error) {
    throw inFlags(error, { defs: columnsOptions, given });
  }
}
