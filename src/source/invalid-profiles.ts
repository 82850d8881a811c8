import type { OnWarning } from "../engage-warning.ts";
import type { InvalidProfile } from "../page/page-result.ts";

/** An invalid profile, with the page that it stands on. */
export interface InvalidProfileOnPage extends InvalidProfile {
  /** Zero-based. */
  readonly pageIndex: number;
}

/** Takes an invalid profile; it counts as taken unless this throws or rejects. */
export type OnInvalidProfile = (profile: InvalidProfileOnPage) => void | Promise<void>;

// Of a million broken profiles nobody reads a million warnings.
const TOLD_ONE_BY_ONE = 20;

/** Hands invalid profiles to the caller, and warns of them: one by one at first, then by their number. */
export class InvalidProfiles {
  readonly #warn: OnWarning;
  readonly #take: OnInvalidProfile | undefined;
  #found = 0;
  #refused = 0;

  constructor(warn: OnWarning, take: OnInvalidProfile | undefined) {
    this.#warn = warn;
    this.#take = take;
  }

  /** @returns how many were taken */
  async handOver(pageIndex: number, profiles: readonly InvalidProfile[]): Promise<number> {
    let taken = 0;
    for (const profile of profiles) {
      this.#found += 1;
      if (this.#found <= TOLD_ONE_BY_ONE)
        this.#tell(
          `Profile ${profile.profileIndex} on page ${pageIndex} is invalid and was set aside: ${profile.reason}`,
        );
      if (await this.#isTaken({ pageIndex, ...profile })) taken += 1;
    }
    return taken;
  }

  /** Says how many there were beyond those that were told one by one. */
  end(): void {
    const more = this.#found - TOLD_ONE_BY_ONE;
    if (more > 0)
      this.#tell(
        `${more} more ${more === 1 ? "profile is" : "profiles are"} invalid and ${more === 1 ? "was" : "were"} set aside`,
      );
  }

  async #isTaken(profile: InvalidProfileOnPage): Promise<boolean> {
    if (this.#take === undefined) return false;
    try {
      await this.#take(profile);
      return true;
    } catch (error) {
      this.#refused += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#refused <= TOLD_ONE_BY_ONE) {
        const message = `\`onInvalidProfile\` threw, and the export goes on: ${reason}`;
        this.#warn({ code: "listener-failed", message });
      }
      return false;
    }
  }

  #tell(message: string): void {
    this.#warn({ code: "invalid-profiles", message });
  }
}
