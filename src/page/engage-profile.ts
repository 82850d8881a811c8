import { type PageSlices, SLICES, textOfToken } from "./page-slices.ts";
import { shownAs } from "./shown-as.ts";

/** Makes the profile that is number `index` of its page. */
let engageProfile: (page: PageSlices, index: number) => EngageProfile;
/** The page that a profile lies in: rows and what writes them read it. */
let pageOf: (profile: EngageProfile) => PageSlices;
/** Which one of its page a profile is. */
let indexOf: (profile: EngageProfile) => number;
/** Whether `value` is a profile of this copy of the package. */
let isEngageProfile: (value: unknown) => value is EngageProfile;

// Functions of this module instead of methods, so that they are no part of the published types.
export { engageProfile, indexOf, isEngageProfile, pageOf };

/**
 * A profile as the Engage API sent it. It keeps the bytes of its whole page alive, and does not survive a transfer to
 * another thread: transfer its `json`.
 *
 * @see https://developer.mixpanel.com/reference/engage-query
 */
export class EngageProfile {
  readonly #page: PageSlices;
  readonly #index: number;
  #properties: unknown;

  static {
    engageProfile = (page, index) => new EngageProfile(page, index);
    pageOf = (profile) => profile.#page;
    indexOf = (profile) => profile.#index;
    isEngageProfile = (value): value is EngageProfile => typeof value === "object" && value !== null && #page in value;
    shownAs(EngageProfile, "EngageProfile", ({ json }) => ({ json }));
  }

  private constructor(page: PageSlices, index: number) {
    this.#page = page;
    this.#index = index;
  }

  /** The raw text of the profile, byte for byte. */
  get json(): string {
    return this.#page.text(this.#index, SLICES.profile) ?? "";
  }

  /** Every digit of it if the API sends a number; null if it is missing or empty. */
  get $distinct_id(): string | null {
    const token = this.#page.text(this.#index, SLICES.distinctId);
    if (token === undefined) return null;
    return token.startsWith('"') ? textOfToken(token) : token;
  }

  /** The properties, `$last_seen` included, parsed when first touched: numbers beyond 2^53 are rounded here, not in `json`. */
  get $properties(): Readonly<Record<string, unknown>> {
    this.#properties ??= JSON.parse(this.#page.text(this.#index, SLICES.properties) ?? "{}");
    return this.#properties as Readonly<Record<string, unknown>>;
  }

  /** The profile, parsed, for `JSON.stringify`. */
  toJSON(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.json);
  }
}
