/** `exact`: the property's own name. `plain`: lower case, letters, digits and `_`, which every warehouse takes. */
export type ColumnNames = "exact" | "plain";

/** Columns that every derived table has, or may have. */
const RESERVED = ["distinct_id", "last_seen", "properties"];

/**
 * The name of a column for each property. No two differ in the case of ASCII letters only, which is how DuckDB compares them.
 * Of properties that want the same name, the one that is called so in small letters gets it, else the first that is called
 * so, else the first; the others get the first free `_2`, `_3` ….
 *
 * @param properties in the order of the columns
 * @param others properties without a column, whose names are not given to others
 */
export function columnNames(
  properties: readonly string[],
  style: ColumnNames = "exact",
  others: Iterable<string> = [],
): readonly string[] {
  const wanted = properties.map(style === "exact" ? exactName : plainName);
  const elsewhere = new Set([...others].map(folded));
  const owners = new Map<string, { readonly index: number; readonly claim: number }>();
  for (const [index, name] of wanted.entries()) {
    const claim = claimOf(properties[index], name);
    const key = folded(name);
    if (claim > (owners.get(key)?.claim ?? (elsewhere.has(key) ? 0 : -1))) owners.set(key, { index, claim });
  }
  for (const name of RESERVED) owners.delete(name);
  const taken = new Set([...RESERVED, ...owners.keys(), ...properties.map(folded), ...elsewhere]);
  return wanted.map((name, index) => {
    if (owners.get(folded(name))?.index === index) return name;
    let n = 2;
    while (taken.has(folded(`${name}_${n}`))) n += 1;
    taken.add(folded(`${name}_${n}`));
    return `${name}_${n}`;
  });
}

/** How good a claim a property has to a name. */
function claimOf(property: string | undefined, name: string): number {
  if (property !== name) return 0;
  return name === folded(name) ? 2 : 1;
}

/** A name cannot hold NUL, and lone surrogates have no UTF-8. */
function exactName(property: string): string {
  return property.replaceAll("\0", "\ufffd").replace(/\p{Surrogate}/gu, "\ufffd") || "_";
}

function plainName(property: string): string {
  const letters = property
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
  const words = letters.split(/[^a-z0-9_]+/).filter((word) => word !== "");
  const name = words.join("_") || "_";
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** As DuckDB compares names: only ASCII letters have a case. */
function folded(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
