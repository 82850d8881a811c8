import { type PageSlices, SLICES, textOfToken } from "./page-slices.ts";

/**
 * A profile as the Engage API sent it. It keeps the bytes of its whole page alive.
 *
 * @see https://developer.mixpanel.com/reference/engage-query
 */
export class EngageProfile {
  readonly #page: PageSlices;
  readonly #index: number;
  #properties: unknown;

  constructor(page: PageSlices, index: number) {
    this.#page = page;
    this.#index = index;
  }

  /** The raw text of the profile, byte for byte. */
  get json(): string {
    return this.#page.text(this.#index, SLICES.profile) ?? "";
  }

  /** Every digit of it where the API sends a number; null where it is missing or empty. */
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

  /** The page this profile lies in. Internal: rows and what writes them read it. */
  static pageOf(profile: EngageProfile): PageSlices {
    return profile.#page;
  }

  /** Which one of its page this profile is. Internal, as {@link pageOf}. */
  static indexOf(profile: EngageProfile): number {
    return profile.#index;
  }
}
