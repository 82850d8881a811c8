import { countText } from "./count-text.js";
import { quotedName } from "./quoted-name.js";

const MOST_BARS = 12;

const NUMBERS = ["BIGINT", "DECIMAL(38,0)", "DOUBLE"];

/** Whether the values are so many numbers that they are counted by range. */
export function isByRange({ type, values }) {
  return NUMBERS.includes(type) && values > MOST_BARS;
}

/**
 * How the profiles divide by a property: bars of `{ label, count, isRest }`, and a caption that says what they are.
 *
 * @param column of `people`: name, type, and about how many values there are
 */
export function propertyBars(database, column) {
  return isByRange(column) ? barsByRange(database, column) : barsByValue(database, column);
}

async function barsByValue(database, { name, type }) {
  const order = NUMBERS.includes(type) ? "min(value)" : "profiles DESC, label";
  const { rows } = await database.ask(`
    SELECT value::VARCHAR AS label, count(*) AS profiles, count(*) OVER () AS labels, sum(count(*)) OVER () AS total
    FROM (SELECT ${quotedName(name)} AS value FROM people) GROUP BY label ORDER BY ${order} LIMIT ${MOST_BARS}`);
  const bars = rows.map(([label, count]) => ({ label: label ?? "(none)", count, isRest: label === null }));
  const [, , labels, total] = rows[0] ?? [];
  if (!(labels > MOST_BARS)) return { bars, caption: `Profiles by ${name}` };
  const share = (100 * bars.reduce((sum, { count }) => sum + count, 0)) / total;
  const most = `the ${MOST_BARS} most frequent of ${countText(labels, "value")}, ${countText(Math.round(share))} % of profiles`;
  return { bars, caption: `Profiles by ${name}: ${most}` };
}

async function barsByRange(database, { name }) {
  const column = quotedName(name);
  const bounds = await database.ask(`SELECT min(${column})::DOUBLE, max(${column})::DOUBLE FROM people`);
  const [min, max] = bounds.rows[0];
  const step = roundStep((max - min) / 10);
  const { rows } = await database.ask(
    `SELECT floor(${column} / ${step}) AS range, count(*) FROM people GROUP BY range`,
  );
  const counts = new Map(rows);
  const bars = [];
  for (let range = Math.floor(min / step); range <= Math.floor(max / step); range++) {
    const label = `${countText(range * step)} – ${countText((range + 1) * step)}`;
    bars.push({ label, count: counts.get(range) ?? 0, isRest: false });
  }
  if (counts.has(null)) bars.push({ label: "(none)", count: counts.get(null), isRest: true });
  return { bars, caption: `Profiles by ${name}, from each first number to below the second` };
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= step);
}
