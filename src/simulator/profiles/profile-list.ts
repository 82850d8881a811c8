import { objectMembers } from "./object-members.ts";
import { generatedIndex, profileJson } from "./profile-json.ts";

/** Profiles by their place. Nothing is made before it is asked for. */
export interface ProfileList {
  readonly length: number;
  /** The JSON text of a profile. */
  json(index: number): string;
  /** Where the profile with this id is, or undefined. */
  indexOf(distinctId: string): number | undefined;
}

/** Generated from the seed where `profiles` is a number. */
export function profileList(profiles: number | readonly string[], seed: number): ProfileList {
  return typeof profiles === "number" ? generated(profiles, seed) : given(profiles);
}

/** Those with the ids, in the order of the ids, each once; what is not there is left out. */
export function withIds(list: ProfileList, distinctIds: readonly string[]): ProfileList {
  const indexes = [...new Set(distinctIds)].map((id) => list.indexOf(id)).filter((index) => index !== undefined);
  return { ...list, length: indexes.length, json: (index) => list.json(indexes[index] ?? 0) };
}

/** With those properties only. */
export function withProperties(list: ProfileList, names: readonly string[]): ProfileList {
  const wanted = new Set(names);
  return { ...list, json: (index) => project(list.json(index), wanted) };
}

/** Beginning at another profile. */
export function rotated(list: ProfileList, first: number): ProfileList {
  return { ...list, json: (index) => list.json((index + first) % list.length) };
}

function generated(length: number, seed: number): ProfileList {
  return {
    length,
    json: (index) => profileJson(seed, index),
    indexOf: (distinctId) => {
      const index = generatedIndex(seed, distinctId);
      return index !== undefined && index < length ? index : undefined;
    },
  };
}

function given(texts: readonly string[]): ProfileList {
  let indexes: Map<string, number> | undefined;
  return {
    length: texts.length,
    json: (index) => texts[index] ?? "null",
    indexOf: (distinctId) => {
      indexes ??= new Map(texts.map((text, index) => [idOf(text), index]));
      return indexes.get(distinctId);
    },
  };
}

function idOf(json: string): string {
  const token = objectMembers(json)?.find(({ name }) => name === "$distinct_id")?.valueText ?? "";
  return token.startsWith('"') ? JSON.parse(token) : token;
}

function project(json: string, wanted: ReadonlySet<string>): string {
  const members = objectMembers(json)?.map(({ name, nameText, valueText }) => {
    const properties = name === "$properties" ? objectMembers(valueText) : undefined;
    if (properties === undefined) return `${nameText}:${valueText}`;
    const kept = properties.filter((property) => wanted.has(property.name));
    return `${nameText}:{${kept.map((property) => `${property.nameText}:${property.valueText}`).join(",")}}`;
  });
  return members ? `{${members.join(",")}}` : json;
}
