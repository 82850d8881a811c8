/** Longer ranges are copied by `set`, whose call and subarray take as long as this many bytes one by one. */
const SHORT = 64;

/** Offsets of one profile within its page: begin and end, both 0 if there is none. */
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
  readonly #offsets: Uint32Array;
  readonly #rewritten: ReadonlyMap<number, Uint8Array>;

  /**
   * @param bytes valid UTF-8
   * @param offsets {@link SLICES_PER_PROFILE} offsets for each profile
   * @param rewritten the properties of those profiles if a single cut is not enough
   */
  constructor(bytes: Uint8Array, offsets: Uint32Array, rewritten: ReadonlyMap<number, Uint8Array> = new Map()) {
    this.bytes = bytes;
    this.#offsets = offsets;
    this.#rewritten = rewritten;
  }

  get length(): number {
    return this.#offsets.length / SLICES_PER_PROFILE;
  }

  /** The bytes of a part as they were sent, or undefined if there is none. */
  part(profile: number, part: number): Uint8Array | undefined {
    const end = this.end(profile, part);
    return end === 0 ? undefined : this.bytes.subarray(this.begin(profile, part), end);
  }

  /** The text of {@link part}. */
  text(profile: number, part: number): string | undefined {
    const bytes = this.part(profile, part);
    return bytes && decoder.decode(bytes);
  }

  /** Where a part begins in the page's bytes, and 0 if there is none. */
  begin(profile: number, part: number): number {
    return this.#offsets[profile * SLICES_PER_PROFILE + part] ?? 0;
  }

  /** Where a part ends in the page's bytes, and 0 if there is none. */
  end(profile: number, part: number): number {
    return this.#offsets[profile * SLICES_PER_PROFILE + part + 1] ?? 0;
  }

  /** The bytes of `$properties` without a `$last_seen` that is text and without line breaks between tokens, in order. */
  propertiesParts(profile: number): readonly Uint8Array[] {
    const other = this.#otherProperties(profile);
    if (other !== undefined) return [other];
    const whole = this.bytes.subarray(this.begin(profile, SLICES.properties), this.end(profile, SLICES.properties));
    const cut = this.part(profile, SLICES.cut);
    if (cut === undefined) return [whole];
    const before = cut.byteOffset - whole.byteOffset;
    return [whole.subarray(0, before), whole.subarray(before + cut.length)];
  }

  /** How many bytes {@link copyProperties} writes. */
  propertiesLength(profile: number): number {
    const other = this.#otherProperties(profile);
    if (other !== undefined) return other.length;
    const whole = this.end(profile, SLICES.properties) - this.begin(profile, SLICES.properties);
    return whole - (this.end(profile, SLICES.cut) - this.begin(profile, SLICES.cut));
  }

  /** Copies {@link propertiesParts} into `target` at `at`, and returns where they end there. */
  copyProperties(profile: number, target: Uint8Array, at: number): number {
    const other = this.#otherProperties(profile);
    if (other !== undefined) return copyBytes(other, 0, other.length, target, at);
    const begin = this.begin(profile, SLICES.properties);
    const end = this.end(profile, SLICES.properties);
    const cutEnd = this.end(profile, SLICES.cut);
    if (cutEnd === 0) return copyBytes(this.bytes, begin, end, target, at);
    const behind = copyBytes(this.bytes, begin, this.begin(profile, SLICES.cut), target, at);
    return copyBytes(this.bytes, cutEnd, end, target, behind);
  }

  /** The text of {@link propertiesParts}. */
  propertiesText(profile: number): string {
    let text = "";
    for (const part of this.propertiesParts(profile)) text += decoder.decode(part);
    return text;
  }

  /** The properties that do not stand in the page as they are wanted. */
  #otherProperties(profile: number): Uint8Array | undefined {
    return this.#rewritten.get(profile) ?? (this.end(profile, SLICES.properties) === 0 ? EMPTY_OBJECT : undefined);
  }
}

/** The value of a JSON text token; the quick way if nothing is escaped. */
export function textOfToken(token: string): string {
  return token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
}

/** Copies a range of bytes into `target` at `at`, and returns where it ends there. */
export function copyBytes(from: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  const length = end - start;
  if (length > SHORT) target.set(from.subarray(start, end), at);
  else for (let offset = 0; offset < length; offset++) target[at + offset] = from[start + offset] ?? 0;
  return at + length;
}
