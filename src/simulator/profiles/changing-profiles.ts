import { hash, SeededRandom } from "../seeded-random.ts";
import { memberText } from "./object-members.ts";
import { type ChosenProfiles, changeCheck, chooseProfiles, type ProfileChanges } from "./profile-changes.ts";
import { profileJson } from "./profile-json.ts";
import { type IndexedProfiles, idOf, profileList } from "./profile-list.ts";
import { rewriteProperties } from "./rewrite-properties.ts";

/** The ids of the profiles that a change was about. */
export interface ChangedIds {
  readonly changed: readonly string[];
  readonly deleted: readonly string[];
  readonly added: readonly string[];
}

/** Profiles that change between queries. A list that was handed out stays as it is, as a session of the API does. */
export class ChangingProfiles {
  readonly #base: IndexedProfiles;
  readonly #seed: number;
  #list: IndexedProfiles;
  #rounds = 0;
  /** A slot is the place of a profile among all that ever were. */
  #slots: Uint32Array | undefined;
  #slotCount: number;
  /** The profiles that changed or were added, by their slots. */
  #texts: ReadonlyMap<number, string> = new Map();
  #addedSlots: ReadonlyMap<string, number> = new Map();

  constructor(profiles: number | readonly string[], seed: number) {
    this.#base = profileList(profiles, seed);
    this.#list = this.#base;
    this.#seed = seed;
    this.#slotCount = this.#base.length;
  }

  /** The profiles as they are now. */
  get list(): IndexedProfiles {
    return this.#list;
  }

  /** @param now the present, for `$last_seen` @throws {EngageError} `usage`, and nothing has changed */
  change(changes: ProfileChanges, now: string): ChangedIds {
    const list = this.#list;
    const chosen = chooseProfiles(list, changes, new SeededRandom(hash(this.#seed, this.#rounds), -1));
    const seen: Record<string, string> = changes.updateLastSeen === false ? {} : { $last_seen: JSON.stringify(now) };
    const added = this.#newProfiles(changes.added ?? 0, seen);
    const idAt = (place: number) => idOf(list.json(place));
    const ids = {
      changed: Array.from(chosen.changed.keys(), idAt),
      deleted: Array.from(chosen.deleted, idAt),
      added: added.map(idOf),
    };
    this.#rounds += 1;
    this.#apply(chosen, seen, added);
    return ids;
  }

  #newProfiles(added: number | readonly string[], seen: Readonly<Record<string, string>>): readonly string[] {
    if (typeof added === "number") {
      const count = changeCheck.whole("added", added);
      const slots = Array.from({ length: count }, (_, index) => this.#slotCount + index);
      return slots.map((slot) => setProperties(profileJson(this.#seed, slot), seen));
    }
    if (!Array.isArray(added))
      changeCheck.refuse("added", "must be a number of profiles or a list of JSON texts", added);
    for (const text of added) {
      if (typeof text !== "string") changeCheck.refuse("added", "must hold JSON texts", text);
      const id = idOf(text);
      if (id !== "" && this.#list.indexOf(id) !== undefined) changeCheck.refuse("added", "must hold new ids", id);
    }
    return added;
  }

  #apply({ changed, deleted }: ChosenProfiles, seen: Readonly<Record<string, string>>, added: readonly string[]): void {
    const slots = this.#slots ?? Uint32Array.from({ length: this.#base.length }, (_, slot) => slot);
    const texts = new Map(this.#texts);
    const counted = { ...seen, simulated_changes: String(this.#rounds) };
    for (const [place, text] of changed) {
      const json = text === undefined ? setProperties(this.#list.json(place), counted) : setProperties(text, seen);
      texts.set(slots[place] ?? 0, json);
    }
    for (const place of deleted) texts.delete(slots[place] ?? 0);
    const addedSlots = new Map(this.#addedSlots);
    added.forEach((text, index) => {
      texts.set(this.#slotCount + index, text);
      addedSlots.set(idOf(text), this.#slotCount + index);
    });
    const newSlots = added.map((_, index) => this.#slotCount + index);
    this.#slots = Uint32Array.from([...slots.filter((_, place) => !deleted.has(place)), ...newSlots]);
    this.#slotCount += added.length;
    this.#texts = texts;
    this.#addedSlots = addedSlots;
    this.#list = listOf(this.#base, this.#slots, texts, addedSlots);
  }
}

function listOf(
  base: IndexedProfiles,
  slots: Uint32Array,
  texts: ReadonlyMap<number, string>,
  addedSlots: ReadonlyMap<string, number>,
): IndexedProfiles {
  return {
    length: slots.length,
    json: (place) => {
      const slot = slots[place] ?? 0;
      return texts.get(slot) ?? base.json(slot);
    },
    indexOf: (distinctId) => placeOf(slots, addedSlots.get(distinctId) ?? base.indexOf(distinctId)),
  };
}

/** Slots are in ascending order. */
function placeOf(slots: Uint32Array, slot: number | undefined): number | undefined {
  if (slot === undefined) return undefined;
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle] ?? 0) < slot) low = middle + 1;
    else high = middle;
  }
  return slots[low] === slot ? low : undefined;
}

/** A profile with some properties set, each to a JSON text. */
function setProperties(json: string, set: Readonly<Record<string, string>>): string {
  const first = Object.entries(set).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  return rewriteProperties(json, (properties) => {
    const kept = properties.filter(({ name }) => !Object.hasOwn(set, name)).map(memberText);
    return `{${[...first, ...kept].join(",")}}`;
  });
}
