import { Table, tableToIPC } from "apache-arrow";
import { chooseColumns, valueClass } from "engage-export/duckdb-wasm";
import { columnVector } from "./column-vector.js";
import { quotedName } from "./quoted-name.js";

const CHUNK = 2_000;

/**
 * Makes the table `people` from `profiles`, with a column for each property: a column is what one wants to ask for, and
 * DuckDB reads JSON in a browser only where it can load an extension. Names and types are those of the command's `--columns`.
 */
export async function makePeopleTable({ connection }, signal) {
  const columns = [
    { name: "distinct_id", type: "VARCHAR", read: ({ distinctId }) => distinctId },
    { name: "last_seen", type: "TIMESTAMP", read: ({ lastSeen }) => lastSeen },
    ...(await propertyColumns(connection, signal)),
  ];
  const definitions = columns.map(({ name, type }) => `${quotedName(name)} ${type}`);
  await connection.query(`CREATE OR REPLACE TABLE people (${definitions.join(", ")})`);
  for await (const profiles of readProfiles(connection, signal)) {
    // Columns go by their order: names such as `7` and `__proto__` would not stay where they are in an object.
    const vectors = columns.map(({ type, read }, index) => [`column${index}`, columnVector(profiles.map(read), type)]);
    const chunk = tableToIPC(new Table(Object.fromEntries(vectors)), "stream");
    await connection.insertArrowFromIPCStream(chunk, { name: "people", create: false });
  }
}

/** The columns for the properties that occur, with the names and types that the command would give them. */
async function propertyColumns(connection, signal) {
  const found = new Map();
  for await (const profiles of readProfiles(connection, signal)) {
    for (const { properties } of profiles) {
      for (const [property, value] of Object.entries(properties)) {
        if (!found.has(property)) found.set(property, { property, profiles: 0, classes: new Set() });
        const entry = found.get(property);
        entry.profiles += 1;
        entry.classes.add(classOf(value));
      }
    }
  }
  const jsonType = await typeOfProperties(connection);
  const { columns, hasRest } = chooseColumns([...found.values()]);
  return [
    ...columns.map(({ name, type, property }) => {
      const read = ({ properties }) =>
        Object.hasOwn(properties, property) ? columnValue(properties[property], type) : null;
      return { name, type: type === "JSON" ? jsonType : type, read };
    }),
    ...(hasRest ? [{ name: "properties", type: jsonType, read: ({ json }) => json }] : []),
  ];
}

function classOf(value) {
  return value instanceof ExactNumber ? valueClass(Number(value.text), value.text) : valueClass(value);
}

/** Texts for most types: DuckDB reads a number, a date or JSON of its text as it comes into the table. */
function columnValue(value, type) {
  if (value === null || type === "BOOLEAN") return value;
  if (type === "DOUBLE") return Number(value);
  if (type === "TIMESTAMP") return Date.parse(`${value}Z`);
  return typeof value === "string" && type !== "JSON" ? value : jsonText(value);
}

/** JSON, or VARCHAR if the extension for it is not there. */
async function typeOfProperties(connection) {
  const types = await connection.query(
    "SELECT data_type FROM duckdb_columns() WHERE table_name = 'profiles' AND column_name = 'properties'",
  );
  return types.getChildAt(0).get(0);
}

/**
 * The table in chunks, so that the page stays awake. Each is a query of its own: the stream that `send()` returns stopped
 * for good with 100,000 profiles.
 */
async function* readProfiles(connection, signal) {
  const [{ end }] = (await connection.query('SELECT max(rowid)::INTEGER + 1 AS "end" FROM profiles')).toArray();
  for (let start = 0; start < end; start += CHUNK) {
    signal.throwIfAborted();
    const chunk = await connection.query(`SELECT distinct_id, last_seen, properties::VARCHAR
      FROM profiles WHERE rowid >= ${start} AND rowid < ${start + CHUNK}`);
    const [distinctIds, lastSeens, texts] = [0, 1, 2].map((column) => chunk.getChildAt(column));
    yield Array.from({ length: chunk.numRows }, (_, row) => ({
      distinctId: distinctIds.get(row),
      lastSeen: lastSeens.get(row),
      json: texts.get(row),
      properties: JSON.parse(texts.get(row), exactNumbers),
    }));
  }
}

/** A number that JavaScript would write in another way, such as one of 19 digits, `1.0` or `-0`. */
class ExactNumber {
  constructor(text) {
    this.text = text;
  }

  valueOf() {
    return Number(this.text);
  }

  toJSON() {
    return JSON.rawJSON(this.text);
  }
}

// The third argument and `rawJSON` are missing in browsers of before 2025, which round.
function exactNumbers(_, value, context) {
  const isExact = typeof value !== "number" || context === undefined || context.source === String(value);
  return isExact || JSON.rawJSON === undefined ? value : new ExactNumber(context.source);
}

function jsonText(value) {
  return value instanceof ExactNumber ? value.text : JSON.stringify(value);
}
