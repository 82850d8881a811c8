import { memberText, type ObjectMember, objectMembers } from "./object-members.ts";

/**
 * A profile's JSON text with other `$properties`, which become its last member; the others stay as they are written. What is
 * no object becomes one.
 *
 * @param rewrite from the properties, none if the profile has no object of them, to a JSON text
 */
export function rewriteProperties(json: string, rewrite: (properties: readonly ObjectMember[]) => string): string {
  const members = objectMembers(json) ?? [];
  const properties = members.find(({ name }) => name === "$properties");
  const others = members.filter(({ name }) => name !== "$properties").map(memberText);
  const rewritten = rewrite((properties && objectMembers(properties.valueText)) ?? []);
  return `{${[...others, `"$properties":${rewritten}`].join(",")}}`;
}
