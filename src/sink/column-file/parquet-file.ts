import { isCheckpoint } from "../../export/checkpoint.ts";
import type { ExportSink } from "../../export/export-sink.ts";
import { nativeDuckDB } from "../duckdb/native-duckdb.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { ColumnFormat, FileRecord } from "./column-format.ts";
import { parquetCopy } from "./copy-sql.ts";
import { type ColumnFileOptions, openColumnFile } from "./open-column-file.ts";

/** The property of each column that is made of one, as a JSON object. */
const COLUMNS = "engage-export.columns";
/** What mode `resume` compares and tells. */
const EXPORT = "engage-export.export";

/**
 * Opens a sink that writes a Parquet file with a column for each property, typed by all of its values. Rows collect in a DuckDB
 * file beside it, each id once; when the stream closes, the file is written and appears whole.
 *
 * The key-value metadata of the file holds the property of each column (`engage-export.columns`). Columns of JSON are text.
 *
 * @throws {EngageError} `usage`, `locked`, `checkpoint-mismatch` or `write-failed`
 * @example
 * ```ts
 * const sink = await parquetFile("profiles.parquet");
 * const result = await exportProfiles({ projectId, serviceAccount: { username, secret }, sink });
 * ```
 */
export async function parquetFile(options: string | ColumnFileOptions): Promise<ExportSink> {
  return openColumnFile(PARQUET, typeof options === "string" ? { path: options } : options);
}

export const PARQUET: ColumnFormat = {
  title: "a Parquet file",
  async write(engine, { sql, chosen, record }, path) {
    const { columns, hasRest } = chosen;
    const properties = columns.map(({ name, property }) => `${JSON.stringify(name)}:${JSON.stringify(property)}`);
    const metadata = { [COLUMNS]: `{${properties.join(",")}}`, [EXPORT]: JSON.stringify(withoutSession(record)) };
    const columnCount = columns.length + (hasRest ? 3 : 2);
    await engine.query(parquetCopy({ sql, columnCount, metadata }, path));
  },
  async read(path) {
    const { api } = await nativeDuckDB();
    const instance = await api.DuckDBInstance.create(":memory:");
    try {
      const connection = await instance.connect();
      // A name is not a pattern.
      const literally = sqlLiteral(path.replace(/[*?[]/g, "[$&]"));
      const sql = `SELECT decode(value) FROM parquet_kv_metadata(${literally}) WHERE key = encode('${EXPORT}')`;
      const [row] = (await connection.runAndReadAll(sql)).getRowsJS();
      const record: unknown = JSON.parse(String(row?.[0]));
      return fileRecord(record);
    } catch {
      // No Parquet file, or not one of an export.
      return undefined;
    } finally {
      instance.closeSync();
    }
  },
};

/** The session is of no use to anyone who reads the file. */
function withoutSession({ at, saved, shape }: FileRecord): FileRecord {
  const { checkpoint } = saved;
  const session = { ...checkpoint.session, sessionId: undefined };
  return { at, saved: { ...saved, checkpoint: { ...checkpoint, session } }, shape };
}

/** A record that was JSON, with its times. */
function fileRecord(value: unknown): FileRecord | undefined {
  const { at, saved, shape } = Object(value) as Partial<FileRecord>;
  if (at === undefined || shape === undefined || !isCheckpoint(saved?.checkpoint)) return undefined;
  const { startedAt, ...rest } = saved;
  return {
    at: new Date(at),
    shape,
    saved: startedAt === undefined ? rest : { ...rest, startedAt: new Date(startedAt) },
  };
}
