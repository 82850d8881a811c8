import type { InvalidProfile } from "../../page/page-result.ts";
import { PageSlices, SLICES, SLICES_PER_PROFILE } from "../../page/page-slices.ts";

// What the API sends in a page unless it is asked for another size.
const TYPICAL_PROFILES = 1_000;
// Page sizes to 40,000 are reported to work; millions of empty profiles would take gigabytes.
const MOST_PROFILES = 1_000_000;

/** The profiles of a page as they are found, in their order. */
export class ProfileList {
  readonly invalid: InvalidProfile[] = [];
  #offsets = new Uint32Array(TYPICAL_PROFILES * SLICES_PER_PROFILE);
  #length = 0;
  readonly #rewritten = new Map<number, Uint8Array>();

  /** Profiles so far, invalid ones included. */
  get count(): number {
    return this.#valid + this.invalid.length;
  }

  get #valid(): number {
    return this.#length / SLICES_PER_PROFILE;
  }

  /**
   * @param offsets of any number of profiles, as in `PageSlices`
   * @param rewritten the properties of the one profile, if they do not stand in the page as they are wanted
   */
  add(offsets: Uint32Array, rewritten?: Uint8Array): void {
    if (rewritten !== undefined) this.#rewritten.set(this.#valid, rewritten);
    while (this.#length + offsets.length > this.#offsets.length) this.#grow();
    this.#offsets.set(offsets, this.#length);
    this.#length += offsets.length;
    this.#checkCount();
  }

  addInvalid(profile: Omit<InvalidProfile, "profileIndex">): void {
    this.invalid.push({ profileIndex: this.count, ...profile });
    this.#checkCount();
  }

  /** Takes out the last profile, which was not rewritten, and returns where it begins. */
  takeBack(): number {
    this.#length -= SLICES_PER_PROFILE;
    return this.#offsets[this.#length + SLICES.profile] ?? 0;
  }

  slices(bytes: Uint8Array): PageSlices {
    return new PageSlices(bytes, this.#offsets.subarray(0, this.#length), this.#rewritten);
  }

  #grow(): void {
    const longer = new Uint32Array(2 * this.#offsets.length);
    longer.set(this.#offsets);
    this.#offsets = longer;
  }

  #checkCount(): void {
    if (this.count > MOST_PROFILES) throw new TypeError(`Expected at most ${MOST_PROFILES} profiles in one page`);
  }
}
