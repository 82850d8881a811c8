import { columnDefinitions } from "./profile-table.ts";
import { quoteIdentifier, sqlLiteral } from "./sql-text.ts";
import { reasonOf, rolledBack, type SqlRecord, type TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** Something of the user's that another table can be given. */
export interface Addition {
  /** For a sentence: `the index by_name`. */
  readonly what: string;
  readonly sql: string;
}

/** What a table has beside the columns and the key of a profile table. */
export interface TableAdditions {
  /** Definitions of columns. */
  readonly columns: readonly Addition[];
  /** Constraints of the table. */
  readonly constraints: readonly Addition[];
  /** Statements that follow when the table has its rows: comments and indexes. */
  readonly after: readonly Addition[];
  /** What is known to get lost. */
  readonly lost: readonly string[];
}

export const NO_ADDITIONS: TableAdditions = { columns: [], constraints: [], after: [], lost: [] };

/** What the user has added to the target, as far as DuckDB takes it for a new table. */
export async function additionsOf(engine: TableEngine, tables: ExportTables): Promise<TableAdditions> {
  const { target } = tables;
  const read = (source: string) =>
    engine.query(
      `SELECT * FROM ${source} WHERE database_name = $1 AND schema_name = $2 AND lower(table_name) = lower($3)`,
      [target.catalog, target.schema, target.table],
    );
  const [table] = await read("duckdb_tables()");
  if (table === undefined) return NO_ADDITIONS;
  const columns = await read("duckdb_columns()");
  const constraints = await read("duckdb_constraints()");
  const indexes = await read("duckdb_indexes()");
  const base = columnDefinitions(tables.propertiesDeclaration);
  const own = columns.filter(({ column_name }) => !(String(column_name).toLowerCase() in base));
  // A table that is none of profiles has columns of its own, not added ones.
  const isProfileTable = columns.length - own.length === Object.keys(base).length;
  const found: TableAdditions = {
    columns: isProfileTable ? own.map((column) => columnAddition(column, String(table.sql))) : [],
    constraints: constraints.flatMap((constraint) => constraintAddition(target, constraint)),
    after: [
      ...commentAddition(`TABLE ${sqlName(target)}`, "the table", table.comment),
      ...columns.flatMap((column) => columnComment(target, column)),
      ...indexes.flatMap((index) => indexAddition(target, index)),
    ],
    lost: [
      ...(isProfileTable ? own.flatMap(lostNotNull) : own.map(columnName)),
      ...constraints.flatMap(lostKey),
      ...columns.flatMap((column) => lostDeclaration(engine, column)),
    ],
  };
  return fitting(engine, tables, found);
}

/** The SQL that makes the target with what the user has added to it. */
export function createWithAdditions(
  { target, propertiesDeclaration }: ExportTables,
  { columns, constraints }: Pick<TableAdditions, "columns" | "constraints">,
): string {
  const base = Object.entries(columnDefinitions(propertiesDeclaration)).map(([name, type]) => `${name} ${type}`);
  const definitions = [...base, ...[...columns, ...constraints].map(({ sql }) => sql)];
  return `CREATE TABLE ${sqlName(target)} (${definitions.join(", ")})`;
}

/** Leaves out what DuckDB does not take, which an empty table shows that is not committed. */
async function fitting(engine: TableEngine, tables: ExportTables, found: TableAdditions): Promise<TableAdditions> {
  const attempt = (additions: TableAdditions): Promise<void> =>
    rolledBack(engine, async () => {
      await engine.query(`DROP TABLE ${sqlName(tables.target)}`);
      await engine.query(createWithAdditions(tables, additions));
      for (const { sql } of additions.after) await engine.query(sql);
    });
  try {
    await attempt(found);
    return found;
  } catch {
    // One of them, or more: each is tried with those before it.
  }
  let fitted: TableAdditions = { ...NO_ADDITIONS, lost: found.lost };
  for (const kind of ["columns", "constraints", "after"] as const) {
    for (const addition of found[kind]) {
      const more = { ...fitted, [kind]: [...fitted[kind], addition] };
      fitted = await attempt(more).then(
        () => more,
        (error) => ({ ...fitted, lost: [...fitted.lost, `${addition.what} (${reasonOf(error)})`] }),
      );
    }
  }
  return fitted;
}

function columnAddition(column: SqlRecord, tableSql: string): Addition {
  const { data_type, column_default, is_nullable } = column;
  const name = quoteIdentifier(String(column.column_name));
  // Which column is generated is told by nothing else.
  const isGenerated = [name, column.column_name].some((text) =>
    tableSql.includes(`${text} ${data_type} GENERATED ALWAYS AS`),
  );
  const more = isGenerated
    ? ` GENERATED ALWAYS AS (${column_default})`
    : column_default === null
      ? ""
      : ` DEFAULT ${column_default}${is_nullable ? "" : " NOT NULL"}`;
  return { what: columnName(column), sql: `${name} ${data_type}${more}` };
}

function columnName({ column_name }: SqlRecord): string {
  return `the column ${column_name}`;
}

/** Profiles bring no value for it. */
function lostNotNull(column: SqlRecord): readonly string[] {
  return column.is_nullable || column.column_default !== null ? [] : [`NOT NULL of ${columnName(column)}`];
}

function constraintAddition(target: TableName, constraint: SqlRecord): readonly Addition[] {
  const { constraint_type, constraint_text, constraint_column_names, referenced_table, referenced_column_names } =
    constraint;
  const columns = identifiers(constraint_column_names);
  if (constraint_type === "CHECK") return [{ what: `the constraint ${constraint_text}`, sql: String(constraint_text) }];
  if (constraint_type === "UNIQUE")
    return [{ what: `UNIQUE of ${constraint_column_names}`, sql: `UNIQUE (${columns})` }];
  if (constraint_type !== "FOREIGN KEY" || !referenced_table) return [];
  const other = [target.schema, String(referenced_table)].map(quoteIdentifier).join(".");
  return [
    {
      what: `the foreign key of ${constraint_column_names}`,
      sql: `FOREIGN KEY (${columns}) REFERENCES ${other} (${identifiers(referenced_column_names)})`,
    },
  ];
}

/** @param names a list, as an array or as duckdb-wasm has it */
function identifiers(names: unknown): string {
  return Array.from(names as Iterable<unknown>, (name) => quoteIdentifier(String(name))).join(", ");
}

function lostKey({ constraint_type, constraint_column_names }: SqlRecord): readonly string[] {
  const columns = Array.from(constraint_column_names as Iterable<unknown>).join(", ");
  return constraint_type === "PRIMARY KEY" && columns.toLowerCase() !== "distinct_id"
    ? [`the primary key of ${columns}`]
    : [];
}

/** A column of every profile table that was declared otherwise. */
function lostDeclaration({ jsonTypes }: TableEngine, column: SqlRecord): readonly string[] {
  const expected = { distinct_id: ["VARCHAR"], last_seen: ["TIMESTAMP"], properties: jsonTypes };
  const types = Object.entries(expected).find(([name]) => name === String(column.column_name).toLowerCase())?.[1];
  if (types === undefined) return [];
  return [
    ...(types.some((type) => type === column.data_type)
      ? []
      : [`the type ${column.data_type} of ${columnName(column)}`]),
    ...(column.column_default === null ? [] : [`the default of ${columnName(column)}`]),
  ];
}

function columnComment(target: TableName, column: SqlRecord): readonly Addition[] {
  const place = `${sqlName(target)}.${quoteIdentifier(String(column.column_name))}`;
  return commentAddition(`COLUMN ${place}`, columnName(column), column.comment);
}

function commentAddition(on: string, what: string, comment: unknown): readonly Addition[] {
  if (comment === null || comment === undefined) return [];
  return [{ what: `the comment on ${what}`, sql: `COMMENT ON ${on} IS ${sqlLiteral(String(comment))}` }];
}

/** DuckDB tells an index as SQL, with the name of its table, which may lack the database. */
function indexAddition(target: TableName, { index_name, sql, comment }: SqlRecord): readonly Addition[] {
  const what = `the index ${index_name}`;
  const either = (text: string): string => `(?:${escaped(text)}|${escaped(quoteIdentifier(text))})`;
  const head = `^(CREATE (?:UNIQUE )?INDEX ${either(String(index_name))} ON )(?:${either(target.schema)}\\.)?${either(target.table)}`;
  const create = String(sql).replace(new RegExp(`${head}(?=[ (])`, "i"), (_, start: string) => start + sqlName(target));
  const place = sqlName({ ...target, table: String(index_name) });
  return [{ what, sql: create }, ...commentAddition(`INDEX ${place}`, what, comment)];
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
