import { Table, tableToIPC } from "apache-arrow";
import { columnVector } from "./column-vector.js";
import { quotedName } from "./quoted-name.js";

// Mixpanel takes 2,000 properties a profile; a table that wide helps nobody.
const MOST_PROPERTIES = 300;
const CHUNK = 2_000;

/**
 * Makes the table `people` from `profiles`, with a column for each property: a column is what one wants to ask for, and
 * DuckDB reads JSON in a browser only where it can load an extension. Whole numbers beyond 2^53 become text, digit for
 * digit; lists and objects become JSON text.
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

/** The columns for the properties that occur, those that most profiles have first. */
async function propertyColumns(connection, signal) {
  const found = new Map();
  for await (const profiles of readProfiles(connection, signal)) {
    for (const { properties } of profiles) {
      for (const [property, value] of Object.entries(properties)) {
        if (!found.has(property)) found.set(property, { property, count: 0, types: new Set() });
        const entry = found.get(property);
        entry.count += 1;
        if (value !== null) entry.types.add(typeOf(value));
      }
    }
  }
  const taken = new Set(["distinct_id", "last_seen"]);
  return [...found.values()]
    .sort((one, other) => other.count - one.count)
    .slice(0, MOST_PROPERTIES)
    .map(({ property, types }) => {
      const type = types.size === 1 ? [...types][0] : "VARCHAR";
      const read = ({ properties }) =>
        Object.hasOwn(properties, property) ? columnValue(properties[property], type) : null;
      return { name: freeName(property, taken), type, read };
    });
}

function typeOf(value) {
  if (typeof value === "number") return "DOUBLE";
  return typeof value === "boolean" ? "BOOLEAN" : "VARCHAR";
}

function columnValue(value, type) {
  return value === null || type !== "VARCHAR" || typeof value === "string" ? value : JSON.stringify(value);
}

/** DuckDB does not tell `Email` from `email`, and takes no empty name. */
function freeName(property, taken) {
  const wanted = property === "" ? "(no name)" : property;
  let name = wanted;
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wanted} (${n})`;
  taken.add(name.toLowerCase());
  return name;
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
      properties: JSON.parse(texts.get(row), exactNumbers),
    }));
  }
}

// The third argument is missing in browsers of before 2025, which round.
function exactNumbers(_, value, context) {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? String(value)) : value;
}
