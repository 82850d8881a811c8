import type { RequestedPage } from "../requests/read-request.ts";
import { hash } from "../seeded-random.ts";
import type { SimulatorSettings } from "../simulator-options.ts";
import { type ProfileList, profileList, withIds, withProperties } from "./profile-list.ts";

/** The users and groups of a project. */
export class SimulatedProfiles {
  readonly #users: ProfileList;
  readonly #groups: ReadonlyMap<string, ProfileList>;

  constructor({ seed, profiles, groups }: SimulatorSettings) {
    this.#users = profileList(profiles, seed);
    this.#groups = new Map(
      Object.entries(groups).map(([id, held]) => [
        id,
        profileList(held, hash(seed, Number(BigInt.asIntN(32, BigInt(id))))),
      ]),
    );
  }

  /** Those that a query asks for, with the properties it asks for. */
  select({ groupId, distinctIds, outputProperties }: RequestedPage): ProfileList {
    const all = groupId === undefined ? this.#users : (this.#groups.get(groupId) ?? profileList([], 0));
    const some = distinctIds === undefined ? all : withIds(all, distinctIds);
    return outputProperties === undefined ? some : withProperties(some, outputProperties);
  }
}
