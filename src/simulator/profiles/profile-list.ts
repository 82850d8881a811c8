import { nextTurn } from "../wait.ts";
import { memberText, objectMembers } from "./object-members.ts";
import { generatedIndex, profileJson } from "./profile-json.ts";

/** Profiles by their place. Nothing is made before it is asked for, and nothing changes. */
export interface ProfileList {
  readonly length: number;
  /** The JSON text of a profile. */
  json(index: number): string;
}

/** Profiles that are found by their ids, too. */
export interface IndexedProfiles extends ProfileList {
  /** The place of the profile with this id, or undefined. */
  indexOf(distinctId: string): number | undefined;
}

/** Generated from the seed if `profiles` is a number. */
export function profileList(profiles: number | readonly string[], seed: number): IndexedProfiles {
  return typeof profiles === "number" ? generated(profiles, seed) : given(profiles);
}

/** Those with the ids, in the order of the ids, each once; an id that does not exist is left out. */
export function withIds(list: IndexedProfiles, distinctIds: readonly string[]): ProfileList {
  return picked(
    list,
    [...new Set(distinctIds)].map((id) => list.indexOf(id)).filter((index) => index !== undefined),
  );
}

// About 10 ms.
const PROFILES_PER_TURN = 1_000;

/** Those that match. A million profiles take seconds, in which other requests get their turn. */
export async function matching(list: ProfileList, matches: (json: string) => boolean): Promise<ProfileList> {
  const indexes: number[] = [];
  for (let index = 0; index < list.length; index += 1) {
    if (matches(list.json(index))) indexes.push(index);
    if (index % PROFILES_PER_TURN === PROFILES_PER_TURN - 1) await nextTurn();
  }
  return picked(list, indexes);
}

/** With those properties only. */
export function withProperties(list: ProfileList, names: readonly string[]): ProfileList {
  const wanted = new Set(names);
  return { length: list.length, json: (index) => project(list.json(index), wanted) };
}

/** Beginning at another profile. */
export function rotated(list: ProfileList, first: number): ProfileList {
  return { length: list.length, json: (index) => list.json((index + first) % list.length) };
}

/** The id as text, every digit of a number kept; empty if there is none. */
export function idOf(json: string): string {
  const token = objectMembers(json)?.find(({ name }) => name === "$distinct_id")?.valueText ?? "";
  return token.startsWith('"') ? JSON.parse(token) : token;
}

function picked(list: ProfileList, indexes: readonly number[]): ProfileList {
  return { length: indexes.length, json: (index) => list.json(indexes[index] ?? 0) };
}

function generated(length: number, seed: number): IndexedProfiles {
  return {
    length,
    json: (index) => profileJson(seed, index),
    indexOf: (distinctId) => {
      const index = generatedIndex(seed, distinctId);
      return index !== undefined && index < length ? index : undefined;
    },
  };
}

function given(texts: readonly string[]): IndexedProfiles {
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

function project(json: string, wanted: ReadonlySet<string>): string {
  const members = objectMembers(json)?.map((member) => {
    const properties = member.name === "$properties" ? objectMembers(member.valueText) : undefined;
    if (properties === undefined) return memberText(member);
    const kept = properties.filter(({ name }) => wanted.has(name));
    return `${member.nameText}:{${kept.map(memberText).join(",")}}`;
  });
  return members ? `{${members.join(",")}}` : json;
}
