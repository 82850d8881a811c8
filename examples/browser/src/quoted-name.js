/** A name as SQL. */
export function quotedName(name) {
  return `"${name.replaceAll('"', '""')}"`;
}
