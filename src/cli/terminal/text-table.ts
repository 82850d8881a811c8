import { visible } from "./visible.ts";

/** Rows as aligned columns under their names; numbers to the right. */
export function textTable(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const isNumeric = columns.map((_, column) => rows.every((row) => typeof row[column] === "number"));
  const isFraction = columns.map((_, column) => rows.some((row) => !Number.isInteger(row[column])));
  const body = rows.map((row) => row.map((value, column) => cellText(value, isFraction[column] ? 2 : 0)));
  const names = columns.map((name) => cellText(name, 0));
  // Not spread into a call: the number of its arguments has a limit, and a table may have more rows.
  const widths = names.map((name, column) =>
    body.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? "")), displayWidth(name)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => {
        const space = " ".repeat((widths[column] ?? 0) - displayWidth(text));
        return isNumeric[column] ? space + text : text + space;
      })
      .join("  ")
      .trimEnd();
  return [line(names), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(line)].join("\n");
}

function cellText(value: unknown, fractionDigits: number): string {
  // A line feed would break the table apart.
  if (typeof value !== "number") return visible(String(value ?? "")).replaceAll("\n", "\\x0a");
  return value.toLocaleString("en-US", {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}

/** Columns on a terminal: two for the ideographs and emoji that stand in names and ids. */
function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(
      segment,
    )
      ? 2
      : 1;
  }
  return width;
}
