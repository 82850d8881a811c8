/** Offsets of one profile within its page: begin and end, both 0 where there is none. */
export const SLICES = {
  profile: 0,
  /** The `$distinct_id` token, quotes included; none for null, empty text and what is neither text nor number. */
  distinctId: 2,
  /** The `$properties` object; none for null. */
  properties: 4,
  /** The text token of `$last_seen`, quotes included. */
  lastSeen: 6,
  /** The `$last_seen` member with one comma, to leave out of `properties`. */
  cut: 8,
} as const;

/** Offsets kept per profile. */
export const SLICES_PER_PROFILE = 10;

// A slice may begin with U+FEFF, which a decoder drops unless told otherwise.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const EMPTY_OBJECT = new TextEncoder().encode("{}");

/** A page as the server sent it, and where in it the profiles' parts lie. Nothing is copied until it is asked for. */
export class PageSlices {
  readonly bytes: Uint8Array;
  readonly #offsets: readonly number[] | Int32Array;
  readonly #rewritten: ReadonlyMap<number, Uint8Array>;

  /**
   * @param bytes valid UTF-8
   * @param offsets {@link SLICES_PER_PROFILE} offsets for each profile
   * @param rewritten the properties of those profiles where a single cut is not enough
   */
  constructor(
    bytes: Uint8Array,
    offsets: readonly number[] | Int32Array,
    rewritten: ReadonlyMap<number, Uint8Array> = new Map(),
  ) {
    this.bytes = bytes;
    this.#offsets = offsets;
    this.#rewritten = rewritten;
  }

  get length(): number {
    return this.#offsets.length / SLICES_PER_PROFILE;
  }

  /** Where a part of a profile begins; its end where `end` is 1. */
  offset(profile: number, part: number, end: 0 | 1): number {
    return this.#offsets[profile * SLICES_PER_PROFILE + part + end] ?? 0;
  }

  /** The text of a part as it was sent, or undefined where there is none. */
  text(profile: number, part: number): string | undefined {
    const end = this.offset(profile, part, 1);
    return end === 0 ? undefined : decoder.decode(this.bytes.subarray(this.offset(profile, part, 0), end));
  }

  /** The bytes of `$properties` without a `$last_seen` that is text and without line breaks between tokens, in order. */
  propertiesParts(profile: number): readonly Uint8Array[] {
    const rewritten = this.#rewritten.get(profile);
    if (rewritten !== undefined) return [rewritten];
    const end = this.offset(profile, SLICES.properties, 1);
    if (end === 0) return [EMPTY_OBJECT];
    const begin = this.offset(profile, SLICES.properties, 0);
    const cutEnd = this.offset(profile, SLICES.cut, 1);
    if (cutEnd === 0) return [this.bytes.subarray(begin, end)];
    return [this.bytes.subarray(begin, this.offset(profile, SLICES.cut, 0)), this.bytes.subarray(cutEnd, end)];
  }

  /** The text of {@link propertiesParts}. */
  propertiesText(profile: number): string {
    let text = "";
    for (const part of this.propertiesParts(profile)) text += decoder.decode(part);
    return text;
  }
}

/** The value of a JSON text token; the quick way where nothing is escaped. */
export function textOfToken(token: string): string {
  return token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
}
