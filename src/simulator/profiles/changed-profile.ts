import { objectMembers } from "./object-members.ts";

/**
 * A profile's JSON text with some properties set, each to a JSON text; all else stays as it is written. A profile without
 * properties gets some; what is no object stays.
 */
export function changedProfile(json: string, properties: Readonly<Record<string, string>>): string {
  const members = objectMembers(json);
  if (members === undefined) return json;
  const held = members.find(({ name }) => name === "$properties")?.valueText ?? "{}";
  const kept = (objectMembers(held) ?? []).filter(({ name }) => !Object.hasOwn(properties, name));
  const texts = [
    ...Object.entries(properties).map(([name, value]) => `${JSON.stringify(name)}:${value}`),
    ...kept.map(({ nameText, valueText }) => `${nameText}:${valueText}`),
  ];
  const others = members.filter(({ name }) => name !== "$properties");
  const begin = others.map(({ nameText, valueText }) => `${nameText}:${valueText}`);
  return `{${[...begin, `"$properties":{${texts.join(",")}}`].join(",")}}`;
}
