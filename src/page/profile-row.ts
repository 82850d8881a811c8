import { type EngageProfile, indexOf, isEngageProfile, pageOf } from "./engage-profile.ts";
import { SLICES, textOfToken } from "./page-slices.ts";
import { shownAs } from "./shown-as.ts";

/** The fields of a row that is built by hand. */
export interface ProfileRowFields {
  /** Null for a profile without an id. */
  readonly distinctId: string | null;
  /** Text as Mixpanel sends it, for example `2008-06-09T23:08:40`; null if there is none. */
  readonly lastSeen: string | null;
  /** A JSON object: anything `JSON.stringify` writes as one. */
  readonly properties: object;
}

interface BuiltRow extends Omit<ProfileRowFields, "properties"> {
  readonly propertiesJson: string;
}

/** Makes the row of a profile that was sent. */
let sentRow: (profile: EngageProfile) => ProfileRow;
/** Makes a row of text that is known to be right. */
let builtRow: (fields: BuiltRow) => ProfileRow;
/** Whether `distinctId` is not null: reading it for that alone took a tenth of an export to NDJSON. */
let hasId: (row: ProfileRow) => boolean;
/** The profile a row was made of, or undefined for a row built by hand: what writes rows copies from it. */
let sentOf: (row: ProfileRow) => EngageProfile | undefined;
/** Whether `value` is a row of this copy of the package. */
let isProfileRow: (value: unknown) => value is ProfileRow;

// Functions of this module instead of methods, so that they are no part of the published types.
export { builtRow, hasId, isProfileRow, sentOf, sentRow };

/**
 * One profile on its way to a sink. Rows do not change: build another one with {@link profileRow}. A row keeps the bytes
 * of its whole page alive, so keep the values you need, not the row. It does not survive a transfer to another thread
 * either: transfer the bytes that `ndjson()` makes.
 */
export class ProfileRow {
  readonly #source: EngageProfile | BuiltRow;
  #properties: Readonly<Record<string, unknown>> | undefined;

  static {
    sentRow = (profile) => new ProfileRow(profile);
    builtRow = (fields) => new ProfileRow(fields);
    sentOf = (row) => (isEngageProfile(row.#source) ? row.#source : undefined);
    hasId = (row) => {
      const source = row.#source;
      if (!isEngageProfile(source)) return source.distinctId !== null;
      return pageOf(source).end(indexOf(source), SLICES.distinctId) > 0;
    };
    isProfileRow = (value): value is ProfileRow => typeof value === "object" && value !== null && #source in value;
    shownAs(ProfileRow, "ProfileRow", ({ distinctId, lastSeen, propertiesJson }) => ({
      distinctId,
      lastSeen,
      propertiesJson,
    }));
  }

  private constructor(source: EngageProfile | BuiltRow) {
    this.#source = source;
  }

  /** Null if the profile has none. */
  get distinctId(): string | null {
    const source = this.#source;
    return isEngageProfile(source) ? source.$distinct_id : source.distinctId;
  }

  /** As sent, without a zone (taken as UTC); null if it is missing or not text. */
  get lastSeen(): string | null {
    const source = this.#source;
    if (!isEngageProfile(source)) return source.lastSeen;
    const token = pageOf(source).text(indexOf(source), SLICES.lastSeen);
    return token === undefined ? null : textOfToken(token);
  }

  /** The properties as the server sent them, without a `$last_seen` that is text and without line breaks between tokens. */
  get propertiesJson(): string {
    const source = this.#source;
    return isEngageProfile(source) ? pageOf(source).propertiesText(indexOf(source)) : source.propertiesJson;
  }

  /** The same, parsed when first touched and deeply frozen. Numbers beyond 2^53 are rounded here, not in `propertiesJson`. */
  get properties(): Readonly<Record<string, unknown>> {
    this.#properties ??= deepFreeze(JSON.parse(this.propertiesJson));
    return this.#properties as Readonly<Record<string, unknown>>;
  }

  /** The fields, for `JSON.stringify` and for printing. */
  toJSON(): { distinctId: string | null; lastSeen: string | null; properties: Readonly<Record<string, unknown>> } {
    return { distinctId: this.distinctId, lastSeen: this.lastSeen, properties: this.properties };
  }
}

/**
 * Builds a row, for a transform of one's own.
 *
 * @throws {TypeError} if `properties` is not a JSON object, or a field has another type
 * @example
 * ```ts
 * const row = profileRow({ distinctId: "4", lastSeen: null, properties: { plan: "free" } });
 * row.propertiesJson; // {"plan":"free"}
 * ```
 */
export function profileRow(fields: ProfileRowFields): ProfileRow {
  const { distinctId, lastSeen, properties } = fields;
  if (distinctId !== null && typeof distinctId !== "string") {
    throw new TypeError(`Cannot build a row, \`distinctId\` must be text or null: ${typeof distinctId}`);
  }
  if (lastSeen !== null && typeof lastSeen !== "string") {
    throw new TypeError(`Cannot build a row, \`lastSeen\` must be text or null: ${typeof lastSeen}`);
  }
  const propertiesJson = JSON.stringify(properties);
  if (!propertiesJson?.startsWith("{")) {
    const kind = propertiesJson?.startsWith("[") ? "array" : typeof properties;
    throw new TypeError(`Cannot build a row, \`properties\` must be an object that JSON can hold: ${kind}`);
  }
  return builtRow({ distinctId: distinctId === "" ? null : distinctId, lastSeen, propertiesJson });
}

/** Freezes what `JSON.parse` returned, however deep it is nested. */
function deepFreeze(parsed: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const open: object[] = [parsed];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    Object.freeze(value);
    for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) open.push(inner);
  }
  return parsed;
}
