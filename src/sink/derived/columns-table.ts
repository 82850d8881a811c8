import { EngageError } from "../../engage-error.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { TableEngine } from "../table/table-engine.ts";
import { type ExportTables, sqlName } from "../table/table-name.ts";
import { sinkChecks } from "../table/table-sink-options.ts";
import { chooseColumns } from "./choose-columns.ts";
import { withColumnAdvice } from "./column-advice.ts";
import { type ColumnChoice, type ColumnOptions, columnChoice } from "./column-options.ts";
import { columnsSelect } from "./columns-select.ts";
import { findProperties } from "./found-properties.ts";

/** Whether an export makes a table of columns beside the table of profiles. */
export interface ColumnsTableOptions {
  /**
   * Also makes the table `<table>_columns`, with a column for each property, in the transaction that publishes the rows. Once
   * it is there, every later export into the table makes it again, with its options unless others are given.
   * @default false
   */
  readonly columns?: boolean | ColumnOptions | undefined;
}

/** Begins the comment by which the table is known; its options follow. */
const MARK = "Made again by each export of engage-export: ";

/** Fills in the defaults; undefined if no table was asked for. Throws `usage` if the option is not what it must be. */
export function columnsTableOption({ columns = false }: ColumnsTableOptions): ColumnChoice | undefined {
  if (columns === false) return undefined;
  if (columns !== true && (typeof columns !== "object" || columns === null || Array.isArray(columns))) {
    sinkChecks.refuse("columns", "must be true, false, or an object of options", columns);
  }
  return columnChoice(columns === true ? {} : columns, "open the sink");
}

/**
 * How the table of columns is to be made: as it was asked for, or else as the one that is there was made; undefined if neither
 * is. Changes nothing.
 *
 * @throws {EngageError} `table-exists`, if another table or a view has that name, or `table-mismatch`
 */
export async function columnsTableChoice(
  engine: TableEngine,
  { target, columns }: ExportTables,
  asked: ColumnChoice | undefined,
): Promise<ColumnChoice | undefined> {
  const found = await engine.query(
    `SELECT lower(name) = lower($4) AS beside, comment FROM (
        SELECT database_name, schema_name, table_name AS name, comment FROM duckdb_tables()
        UNION ALL SELECT database_name, schema_name, view_name, NULL FROM duckdb_views())
      WHERE database_name = $1 AND schema_name = $2 AND lower(name) IN (lower($3), lower($4))`,
    [target.catalog, target.schema, target.table, columns.table],
  );
  if (found.some(({ beside, comment }) => !beside && choiceIn(comment) !== undefined)) {
    const message = `Cannot export, exports into another table make this one; choose another name: ${target.table}`;
    throw new EngageError("table-mismatch", message);
  }
  const there = found.find(({ beside }) => beside);
  const known = choiceIn(there?.comment);
  if (asked !== undefined && there !== undefined && known === undefined) {
    const message = `Cannot make the table of columns, something else has its name; rename that, or export without columns: ${columns.table}`;
    throw new EngageError("table-exists", message);
  }
  const choice = asked ?? known;
  if (choice !== undefined && engine.jsonTypes[0] !== "JSON") {
    const message = `Cannot make the table of columns, DuckDB lacks its extension \`json\`; load it, or drop the table: ${columns.table}`;
    throw new EngageError("table-mismatch", message);
  }
  return choice;
}

/** Makes the table of columns from the rows of the target, as part of the transaction that is open. */
export async function makeColumnsTable(
  engine: TableEngine,
  { target, columns }: ExportTables,
  choice: ColumnChoice,
): Promise<void> {
  const [source, name] = [sqlName(target), sqlName(columns)];
  await withColumnAdvice(columns.table, async () => {
    const chosen = chooseColumns(await findProperties((sql) => engine.query(sql), source), choice);
    await engine.query(`DROP TABLE IF EXISTS ${name}`);
    await engine.query(`CREATE TABLE ${name} AS ${columnsSelect(source, chosen)}`);
    await engine.query(`COMMENT ON TABLE ${name} IS ${sqlLiteral(MARK + JSON.stringify(choice))}`);
  });
}

/** The options that the comment of a table tells; undefined if it is not one of ours. */
function choiceIn(comment: unknown): ColumnChoice | undefined {
  if (typeof comment !== "string" || !comment.startsWith(MARK)) return undefined;
  try {
    return columnChoice(JSON.parse(comment.slice(MARK.length)) as ColumnOptions, "make the table of columns");
  } catch {
    return undefined;
  }
}
