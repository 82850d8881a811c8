import { type PageProfile, type PageSlices, SLICES, textOfToken } from "./page-slices.ts";

/**
 * A profile as the Engage API sent it. It keeps the bytes of its whole page alive.
 *
 * @see https://developer.mixpanel.com/reference/engage-query
 */
export class EngageProfile {
  readonly #slices: PageProfile;
  #properties: unknown;

  constructor(page: PageSlices, index: number) {
    this.#slices = { page, index };
  }

  /** The raw text of the profile, byte for byte. */
  get json(): string {
    return this.#slices.page.text(this.#slices.index, SLICES.profile) ?? "";
  }

  /** Every digit of it where the API sends a number; null where it is missing or empty. */
  get $distinct_id(): string | null {
    return distinctIdOf(this.#slices);
  }

  /** The properties, `$last_seen` included, parsed when first touched: numbers beyond 2^53 are rounded here, not in `json`. */
  get $properties(): Readonly<Record<string, unknown>> {
    this.#properties ??= JSON.parse(this.#slices.page.text(this.#slices.index, SLICES.properties) ?? "{}");
    return this.#properties as Readonly<Record<string, unknown>>;
  }

  /** Where this profile lies in its page. Internal: the transform reads it. */
  static slicesOf(profile: EngageProfile): PageProfile {
    return profile.#slices;
  }
}

/** The id of a profile: text unescaped, a number digit for digit. */
export function distinctIdOf({ page, index }: PageProfile): string | null {
  const token = page.text(index, SLICES.distinctId);
  if (token === undefined) return null;
  return token.startsWith('"') ? textOfToken(token) : token;
}
