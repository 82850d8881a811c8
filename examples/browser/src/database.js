import { AsyncDuckDB, DuckDBAccessMode, VoidLogger } from "@duckdb/duckdb-wasm";
import workerUrl from "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url";
import wasmUrl from "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url";
import { DataType } from "apache-arrow";

/**
 * Opens DuckDB in a worker, in memory unless a file of the browser's own is named.
 *
 * Everything comes from the page's own origin, the extension for JSON included, if it is there:
 * `extensions/v1.4.3/wasm_eh/json.duckdb_extension.wasm`. Without it `properties` is text.
 */
export async function openDatabase(file) {
  const worker = new Worker(workerUrl);
  try {
    const db = new AsyncDuckDB(new VoidLogger(), worker);
    await db.instantiate(wasmUrl);
    await db.open({
      path: file === undefined ? ":memory:" : `opfs://${file}`,
      accessMode: DuckDBAccessMode.READ_WRITE,
    });
    const connection = await db.connect();
    const extensions = new URL("extensions", document.baseURI).href;
    await connection.query(`SET custom_extension_repository = '${extensions.replaceAll("'", "''")}'`);
    return new Database(db, connection, worker);
  } catch (error) {
    worker.terminate();
    if (!String(error).includes("Access Handle")) throw error;
    throw new Error("The result that is kept is open in another tab. Close that tab first.", { cause: error });
  }
}

class Database {
  constructor(db, connection, worker) {
    this.db = db;
    this.connection = connection;
    this.worker = worker;
  }

  /** Answers as columns and rows of plain values, the first `limit` rows of `count`. */
  async ask(sql, limit = Number.POSITIVE_INFINITY) {
    const answer = await this.connection.query(sql);
    const { fields } = answer.schema;
    const rows = Array.from({ length: Math.min(answer.numRows, limit) }, (_, row) =>
      fields.map(({ type }, column) => plainValue(answer.getChildAt(column).get(row), type)),
    );
    const columns = fields.map(({ name, type }) => ({
      name,
      isNumber: DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type),
    }));
    return { columns, rows, count: answer.numRows };
  }

  close() {
    this.worker.terminate();
  }
}

function plainValue(value, type) {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (DataType.isTimestamp(type)) return new Date(value).toISOString().slice(0, 19).replace("T", " ");
  if (DataType.isDate(type)) return new Date(value).toISOString().slice(0, 10);
  if (DataType.isDecimal(type)) return decimalValue(value, type.scale);
  if (typeof value === "bigint") return wholeValue(value);
  if (typeof value === "number") return value;
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
}

/** A number if JavaScript can hold it, else its digits. */
function wholeValue(value) {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** @param words of 32 bits, the lowest first, in two's complement */
function decimalValue(words, scale) {
  const bits = [...words].reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  const units = BigInt.asIntN(32 * words.length, bits);
  if (scale === 0) return wholeValue(units);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
