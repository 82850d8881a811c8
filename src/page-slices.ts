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
  readonly #offsets: readonly number[];
  readonly #rewritten: ReadonlyMap<number, Uint8Array>;

  /**
   * @param bytes valid UTF-8
   * @param offsets {@link SLICES_PER_PROFILE} offsets for each profile
   * @param rewritten the properties of those profiles where a single cut is not enough
   */
  constructor(bytes: Uint8Array, offsets: readonly number[], rewritten: ReadonlyMap<number, Uint8Array> = new Map()) {
    this.bytes = bytes;
    this.#offsets = offsets;
    this.#rewritten = rewritten;
  }

  get length(): number {
    return this.#offsets.length / SLICES_PER_PROFILE;
  }

  /** The bytes of a part as they were sent, or undefined where there is none. */
  part(profile: number, part: number): Uint8Array | undefined {
    const at = profile * SLICES_PER_PROFILE + part;
    const end = this.#offsets[at + 1] ?? 0;
    return end === 0 ? undefined : this.bytes.subarray(this.#offsets[at], end);
  }

  /** The text of {@link part}. */
  text(profile: number, part: number): string | undefined {
    const bytes = this.part(profile, part);
    return bytes && decoder.decode(bytes);
  }

  /** The bytes of `$properties` without a `$last_seen` that is text and without line breaks between tokens, in order. */
  propertiesParts(profile: number): readonly Uint8Array[] {
    const rewritten = this.#rewritten.get(profile);
    if (rewritten !== undefined) return [rewritten];
    const whole = this.part(profile, SLICES.properties);
    if (whole === undefined) return [EMPTY_OBJECT];
    const cut = this.part(profile, SLICES.cut);
    if (cut === undefined) return [whole];
    const before = cut.byteOffset - whole.byteOffset;
    return [whole.subarray(0, before), whole.subarray(before + cut.length)];
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
