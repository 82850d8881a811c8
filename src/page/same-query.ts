import { differingMembers } from "./differing-members.ts";
import type { EffectiveQuery } from "./page-result.ts";

/** Whether two queries ask for the same. What an export chose by itself was not asked for. */
export function sameQuery(one: EffectiveQuery, other: EffectiveQuery): boolean {
  return queryDifferences(one, other).length === 0;
}

/** The names of what two queries ask for in different ways. */
export function queryDifferences(one: EffectiveQuery, other: EffectiveQuery): readonly string[] {
  return differingMembers(asked(one), asked(other));
}

function asked({ chosen = [], ...query }: EffectiveQuery): object {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !(chosen as readonly string[]).includes(name)));
}
