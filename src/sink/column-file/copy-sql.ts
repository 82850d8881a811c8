import { quoteIdentifier, sqlLiteral } from "../table/sql-text.ts";

/** What a Parquet file is to hold. */
export interface ParquetContent {
  /** A SELECT whose columns a file can hold. */
  readonly sql: string;
  readonly columnCount: number;
  /** Texts by their names, for the file's key-value metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Values of one row group. Every column of a row group is in memory until it is written: 300 columns of sparse rows took 634 MB
 * and more at DuckDB's own 122,880 rows, and 340 MB at 6,144, for a file that is a fifth larger. 50 columns took 354 and 244 MB
 * for the same size.
 */
const ROW_GROUP_VALUES = 2_048_000;
/** What DuckDB hands on at a time. */
const VECTOR_ROWS = 2_048;
const MOST_ROWS = 60 * VECTOR_ROWS;

/** DuckDB reserves a dictionary of 1 MB for each column of text. With 1,000 columns it gave up within 1 GB; now it passes within 256 MB. */
const DICTIONARY_BYTES = 64 * 1024 ** 2;
const LARGEST_DICTIONARY = 1024 ** 2;

/** Writes a SELECT into a Parquet file. */
export function parquetCopy({ sql, columnCount, metadata }: ParquetContent, path: string): string {
  const vectors = Math.floor(ROW_GROUP_VALUES / Math.max(1, columnCount) / VECTOR_ROWS);
  const rows = Math.min(Math.max(1, vectors) * VECTOR_ROWS, MOST_ROWS);
  const dictionary = Math.min(Math.ceil(DICTIONARY_BYTES / Math.max(1, columnCount)), LARGEST_DICTIONARY);
  const entries = Object.entries(metadata).map(([name, text]) => `${quoteIdentifier(name)}: ${sqlLiteral(text)}`);
  return `COPY (${sql}) TO ${sqlLiteral(path)}
    (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows}, STRING_DICTIONARY_PAGE_SIZE_LIMIT ${dictionary},
      USE_TMP_FILE false, KV_METADATA {${entries.join(", ")}})`;
}

/** Writes a SELECT into a CSV file as RFC 4180 has it: NULL is empty, and the empty text `""`. */
export function csvCopy(sql: string, path: string): string {
  return `COPY (${sql}) TO ${sqlLiteral(path)}
    (FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '', NEW_LINE '\\r\\n', COMPRESSION none, USE_TMP_FILE false)`;
}
