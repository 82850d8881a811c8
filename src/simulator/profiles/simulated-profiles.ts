import type { RequestedPage } from "../requests/read-request.ts";
import { hash } from "../seeded-random.ts";
import type { SimulatorSettings } from "../simulator-options.ts";
import { whereFilter } from "../where/where-filter.ts";
import { type ChangedIds, ChangingProfiles } from "./changing-profiles.ts";
import { changeCheck, checkChanges, type ProfileChanges } from "./profile-changes.ts";
import {
  type IndexedProfiles,
  matching,
  type ProfileList,
  profileList,
  withIds,
  withProperties,
} from "./profile-list.ts";
import type { SimulatedCohort } from "./simulated-cohort.ts";

const NOBODY = profileList([], 0);

/** The users and groups of a project, and the cohorts among them. */
export class SimulatedProfiles {
  readonly #users: ChangingProfiles;
  readonly #groups: ReadonlyMap<string, ChangingProfiles>;
  readonly #cohorts: readonly SimulatedCohort[];
  readonly #ignoreWhere: boolean;
  // Counting looks at every profile, and a list never changes.
  readonly #counts = new WeakMap<SimulatedCohort, { readonly list: ProfileList; readonly count: number }>();

  constructor({ seed, profiles, groups, cohorts, ignoreWhere }: SimulatorSettings) {
    this.#users = new ChangingProfiles(profiles, seed);
    this.#groups = new Map(
      Object.entries(groups).map(([id, held]) => [
        id,
        new ChangingProfiles(held, hash(seed, Number(BigInt.asIntN(32, BigInt(id))))),
      ]),
    );
    this.#cohorts = cohorts;
    this.#ignoreWhere = ignoreWhere;
  }

  /** Those that a query asks for, with the properties it asks for. */
  async select({ groupId, distinctIds, where, cohortId, outputProperties }: RequestedPage): Promise<ProfileList> {
    const all = this.#listOf(groupId);
    let selected = distinctIds === undefined ? all : withIds(all, distinctIds);
    if (where !== undefined && !this.#ignoreWhere) selected = await matching(selected, where);
    const cohort = this.#cohorts.find(({ id }) => id === cohortId);
    if (cohort?.where !== undefined) selected = await matching(selected, whereFilter(cohort.where));
    return outputProperties === undefined ? selected : withProperties(selected, outputProperties);
  }

  /** How many are in a cohort. */
  async count(cohort: SimulatedCohort): Promise<number> {
    if (cohort.count !== undefined) return cohort.count;
    const list = this.#listOf(cohort.dataGroupId);
    const known = this.#counts.get(cohort);
    if (known?.list === list) return known.count;
    const { length } = cohort.where === undefined ? list : await matching(list, whereFilter(cohort.where));
    this.#counts.set(cohort, { list, count: length });
    return length;
  }

  /** @param now milliseconds since the epoch @throws {EngageError} `usage`, and nothing has changed */
  change(changes: ProfileChanges, now: number): ChangedIds {
    checkChanges(changes);
    const { groupId } = changes;
    const profiles = groupId === undefined ? this.#users : this.#groups.get(groupId);
    if (profiles === undefined) changeCheck.refuse("groupId", "must be one of `groups`", groupId);
    return profiles.change(changes, new Date(now).toISOString().slice(0, 19));
  }

  #listOf(groupId: string | undefined): IndexedProfiles {
    return (groupId === undefined ? this.#users : this.#groups.get(groupId))?.list ?? NOBODY;
  }
}

/** Whether a text is a `data_group_id`: a signed 64-bit integer, too long for a number. */
export function isGroupId(text: string): boolean {
  return /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
