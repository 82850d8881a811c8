import { type OptionChecks, optionChecks } from "../../option.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { type IndexedProfiles, idOf } from "./profile-list.ts";

/** What happens to profiles between two exports. The same seed and the same changes, the same profiles. */
export interface ProfileChanges {
  /**
   * Profiles that change: how many, or their ids; they count their changes in a property `simulated_changes`. Or a function
   * that returns a profile's new JSON text, and undefined for a profile that stays as it is.
   */
  readonly changed?: number | readonly string[] | ((json: string) => string | undefined);
  /** Profiles that go: how many, their ids, or a function that is true for them. */
  readonly deleted?: number | readonly string[] | ((json: string) => boolean);
  /** Profiles that come: how many to generate, or their JSON texts, which are served as they are. */
  readonly added?: number | readonly string[];
  /** Whether profiles that change or are generated get the present as their `$last_seen`; default true. */
  readonly updateLastSeen?: boolean;
  /** The `data_group_id` of a group whose profiles are meant; default: the users. */
  readonly groupId?: string;
}

/** Profiles by their places in a list. */
export interface ChosenProfiles {
  /** The new text for those that a function changes; undefined for the others. */
  readonly changed: ReadonlyMap<number, string | undefined>;
  readonly deleted: ReadonlySet<number>;
}

export const changeCheck: OptionChecks = optionChecks("change the simulated profiles");

/** @throws {EngageError} `usage` for a member that does not exist, and would be ignored */
export function checkChanges(changes: ProfileChanges): void {
  if (typeof changes !== "object" || changes === null) changeCheck.refuse("changes", "must be an object", changes);
  const known = ["changed", "deleted", "added", "updateLastSeen", "groupId"];
  for (const name of Object.keys(changes)) {
    if (!known.includes(name)) changeCheck.refuse(name, `must be absent: there is ${known.join(", ")}`);
  }
  const { updateLastSeen } = changes;
  if (updateLastSeen !== undefined && typeof updateLastSeen !== "boolean") {
    changeCheck.refuse("updateLastSeen", "must be true or false", updateLastSeen);
  }
}

/** Which profiles change and which go; a number takes none of those that are named. @throws {EngageError} `usage` */
export function chooseProfiles(
  list: IndexedProfiles,
  { changed = 0, deleted = 0 }: ProfileChanges,
  random: SeededRandom,
): ChosenProfiles {
  const changedPlaces = new Map<number, string | undefined>();
  if (typeof changed === "function") {
    for (const [place, text] of rewritten(list, changed)) changedPlaces.set(place, text);
  } else if (typeof changed !== "number") {
    for (const place of placesOf(list, "changed", changed)) changedPlaces.set(place, undefined);
  }
  const deletedPlaces = new Set(
    typeof deleted === "function"
      ? places(list).filter((place) => deleted(list.json(place)))
      : typeof deleted === "number"
        ? []
        : placesOf(list, "deleted", deleted),
  );
  for (const place of deletedPlaces) {
    if (changedPlaces.has(place)) changeCheck.refuse("deleted", "must not name what changes", idOf(list.json(place)));
  }
  const changedCount = typeof changed === "number" ? changeCheck.whole("changed", changed) : 0;
  const deletedCount = typeof deleted === "number" ? changeCheck.whole("deleted", deleted) : 0;
  const free = places(list).filter((place) => !changedPlaces.has(place) && !deletedPlaces.has(place));
  if (changedCount + deletedCount > free.length) {
    const option = changedCount === 0 ? "deleted" : "changed";
    changeCheck.refuse(
      option,
      `must leave to others what there is: ${free.length} profiles`,
      changedCount + deletedCount,
    );
  }
  shuffleBegin(free, changedCount + deletedCount, random);
  for (const place of free.slice(0, changedCount)) changedPlaces.set(place, undefined);
  for (const place of free.slice(changedCount, changedCount + deletedCount)) deletedPlaces.add(place);
  return { changed: changedPlaces, deleted: deletedPlaces };
}

function places({ length }: IndexedProfiles): number[] {
  return Array.from({ length }, (_, place) => place);
}

function placesOf(list: IndexedProfiles, option: string, ids: readonly string[]): readonly number[] {
  if (!Array.isArray(ids)) changeCheck.refuse(option, "must be a number, a list of ids or a function", ids);
  return ids.map((id) => list.indexOf(id) ?? changeCheck.refuse(option, "must name profiles that exist", id));
}

function* rewritten(
  list: IndexedProfiles,
  rewrite: (json: string) => string | undefined,
): Generator<readonly [number, string]> {
  for (const place of places(list)) {
    const json = list.json(place);
    const text = rewrite(json);
    if (text === undefined || text === json) continue;
    if (idOf(text) !== idOf(json)) changeCheck.refuse("changed", "must keep the `$distinct_id`", idOf(json));
    yield [place, text];
  }
}

/** Moves a random choice of the items to the begin of the list. */
function shuffleBegin(items: number[], count: number, random: SeededRandom): void {
  for (let index = 0; index < count; index += 1) {
    const other = index + random.below(items.length - index);
    [items[index], items[other]] = [items[other] ?? 0, items[index] ?? 0];
  }
}
