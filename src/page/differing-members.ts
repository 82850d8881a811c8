/** The members in which two objects of plain JSON differ, in whatever order each was written. A member that is undefined is none. */
export function differingMembers(one: object, other: object): readonly string[] {
  const [here, there] = [textsOf(one), textsOf(other)];
  const names = new Set([...here.keys(), ...there.keys()]);
  return [...names].filter((name) => here.get(name) !== there.get(name));
}

function textsOf(value: object): ReadonlyMap<string, string> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return new Map(members.map(([name, member]) => [name, JSON.stringify(sorted(member))]));
}

/** The same value with the members of its objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
