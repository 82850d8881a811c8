import { optionChecks } from "../../option.ts";
import type { ColumnFormat } from "../column-file/column-format.ts";
import { CSV, CSV_GZIP } from "../column-file/csv-file.ts";
import { PARQUET } from "../column-file/parquet-file.ts";
import { type RowOptions, rowSettings } from "../column-file/row-options.ts";
import type { ColumnParts } from "../parts/column-parts.ts";
import { openColumnParts } from "./open-column-parts.ts";

/** Which columns CSV parts have, and whether they are compressed. */
export interface CsvPartsOptions extends RowOptions {
  /** @default false */
  readonly gzip?: boolean | undefined;
}

const TASK = "open the part files";

/**
 * Parquet parts for `partFiles()`: with a column for each property, typed by all of its values, and the same columns in every part.
 * Rows collect in a DuckDB file, each id once; when the stream closes, the columns are chosen and the parts are written.
 *
 * The key-value metadata of each part holds the property of each column (`engage-export.columns`). Columns of JSON are text.
 *
 * @throws {EngageError} `usage`
 * @example
 * ```ts
 * const sink = await partFiles({ path: "profiles/", format: parquetParts({ columnNames: "plain" }) });
 * const result = await exportProfiles({ projectId, serviceAccount: { username, secret }, sink });
 * ```
 */
export function parquetParts(options: RowOptions = {}): ColumnParts {
  return columnParts("parquet", PARQUET, options);
}

/**
 * CSV parts for `partFiles()`, each with a header: as RFC 4180 has it, in UTF-8; NULL is empty, and the empty text is `""`. They come
 * about as those of {@link parquetParts}.
 *
 * @throws {EngageError} `usage`
 * @example
 * ```ts
 * const sink = await partFiles({ path: "profiles/", format: csvParts({ gzip: true, columns: ["$email", "plan"] }) });
 * ```
 */
export function csvParts(options: CsvPartsOptions = {}): ColumnParts {
  const { gzip = false } = options;
  if (typeof gzip !== "boolean") optionChecks(TASK).refuse("gzip", "must be true or false", gzip);
  return columnParts("csv", gzip ? CSV_GZIP : CSV, options, gzip);
}

function columnParts(name: ColumnParts["name"], format: ColumnFormat, options: RowOptions, gzip = false): ColumnParts {
  const rows = rowSettings(options, TASK);
  return {
    name,
    gzip,
    shape: { ...rows.columns },
    open: (parts) => openColumnParts(format, rows, parts),
  };
}
