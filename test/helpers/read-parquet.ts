import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** A Parquet file as a reader that is not DuckDB sees it. */
export interface ReadParquet {
  readonly columns: readonly string[];
  /** As DuckDB calls them. */
  readonly types: readonly string[];
  /** Every value as text, with all digits. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly rowGroups: number;
}

export async function readParquet(path: string): Promise<ReadParquet> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const fields = metadata.schema.slice(1);
  const types = fields.map(typeOf);
  const rows: unknown[][] = [];
  await parquetRead({
    file,
    compressors,
    metadata: withoutDecimals(metadata),
    parsers: { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes) },
    onComplete: (read) => rows.push(...(read as unknown[][])),
  });
  return {
    columns: fields.map(({ name }) => name),
    types,
    rows: rows.map((row) => row.map((value, column) => textOf(value, types[column] ?? ""))),
    metadata: Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value])),
    rowGroups: metadata.row_groups.length,
  };
}

type Field = FileMetaData["schema"][number];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function typeOf({ type, converted_type: converted }: Field): string {
  if (converted === "UTF8") return "VARCHAR";
  if (converted === "DECIMAL") return "DECIMAL(38,0)";
  if (converted === "DATE") return "DATE";
  if (converted?.startsWith("TIMESTAMP")) return "TIMESTAMP";
  return { BOOLEAN: "BOOLEAN", INT64: "BIGINT", DOUBLE: "DOUBLE" }[String(type)] ?? String(type);
}

/** The reader would make rounded numbers of decimals; without their type it gives their bytes. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((field): Field => {
    if (field.converted_type !== "DECIMAL") return field;
    const { converted_type: _, logical_type: __, ...plain } = field;
    return plain;
  });
  return { ...metadata, schema };
}

function textOf(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return String(wholeOf(value));
  if (value instanceof Date) return value.toISOString().slice(0, type === "DATE" ? 10 : 19);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A whole number of big-endian bytes in two's complement. */
function wholeOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(
    8 * bytes.length,
    bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  );
}
