import type { EffectiveQuery } from "./page-result.ts";

/** Whether two queries ask for the same. What an export chose by itself was not asked for. */
export function sameQuery(one: EffectiveQuery, other: EffectiveQuery): boolean {
  return queryDifferences(one, other).length === 0;
}

/** The names of what two queries ask for in different ways. */
export function queryDifferences(one: EffectiveQuery, other: EffectiveQuery): readonly string[] {
  const [here, there] = [asked(one), asked(other)];
  const names = new Set([...here.keys(), ...there.keys()]);
  return [...names].filter((name) => here.get(name) !== there.get(name));
}

/** What was asked for, each value as text. */
function asked({ chosen = [], ...query }: EffectiveQuery): ReadonlyMap<string, string> {
  const members = Object.entries(query).filter(([name, value]) => {
    return value !== undefined && !(chosen as readonly string[]).includes(name);
  });
  return new Map(members.map(([name, value]) => [name, JSON.stringify(sorted(value))]));
}

/** The same value with the members of its objects in one order, whatever kept it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
