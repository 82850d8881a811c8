import { spreadOf } from "./statistics.mjs";

/** Tables of rows `{ label, values, unit, target, beside }` as Markdown; a ratio where no unit is given. */
export function markdown(tables) {
  return tables
    .map(({ title, rows }) => [`### ${title}`, "", ...grid([HEAD, ...rows.map(cells)]), ""].join("\n"))
    .join("\n");
}

/** The rows that have a target and miss it. */
export function missed(tables) {
  return tables.flatMap(({ rows }) => rows).filter((row) => row.target !== undefined && !isMet(row));
}

const HEAD = ["", "median", "least – most", "target", "", ""];

function cells({ label, values, unit, target, beside = "" }) {
  const { median, least, most } = spreadOf(values);
  const shown = (value) =>
    `${value.toFixed(digits(value, unit))}${unit === undefined || unit === "" ? "" : ` ${unit}`}`;
  const spread = values.length === 1 ? "" : `${shown(least)} – ${shown(most)}`;
  const aim = target === undefined ? ["", ""] : [`≤ ${target}`, isMet({ values, target }) ? "met" : "missed"];
  return [label, shown(median), spread, ...aim, beside];
}

function digits(value, unit) {
  return unit === "" || unit === "MB" ? 0 : value < 10 ? 2 : 1;
}

function isMet({ values, target }) {
  return spreadOf(values).median <= target;
}

function grid(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length), 3));
  const text = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const [head, ...rows] = lines.map(text);
  return [head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows];
}
