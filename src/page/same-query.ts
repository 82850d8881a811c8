import type { EffectiveQuery } from "./page-result.ts";

/** Whether two queries ask for the same. What an export chose by itself was not asked for. */
export function sameQuery(one: EffectiveQuery, other: EffectiveQuery): boolean {
  return canonical(one) === canonical(other);
}

function canonical({ chosen = [], ...query }: EffectiveQuery): string {
  const asked = Object.entries(query).filter(([name]) => !(chosen as readonly string[]).includes(name));
  return JSON.stringify(sorted(Object.fromEntries(asked)));
}

/** The same value with the members of its objects in one order, whatever kept it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
