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
    return distinctIdOf(this.#page, this.#index);
  }

  /** The properties, `$last_seen` included, parsed when first touched: numbers beyond 2^53 are rounded here, not in `json`. */
  get $properties(): Readonly<Record<string, unknown>> {
    this.#properties ??= JSON.parse(this.#page.text(this.#index, SLICES.properties) ?? "{}");
    return this.#properties as Readonly<Record<string, unknown>>;
  }

  /** Where this profile lies in its page. Internal: the transform reads it. */
  static slicesOf(profile: EngageProfile): { readonly page: PageSlices; readonly index: number } {
    return { page: profile.#page, index: profile.#index };
  }
}

/** The id of a profile: text unescaped, a number digit for digit. */
export function distinctIdOf(page: PageSlices, index: number): string | null {
  const token = page.text(index, SLICES.distinctId);
  if (token === undefined) return null;
  return token.startsWith('"') ? textOfToken(token) : token;
}
