import { EngageProfile } from "./engage-profile.ts";
import { SLICES, textOfToken } from "./page-slices.ts";

/** The fields of a row that is built by hand. */
export interface ProfileRowFields {
  /** Null for a profile without an id. */
  readonly distinctId: string | null;
  /** Text as Mixpanel sends it, for example `2008-06-09T23:08:40`; null where there is none. */
  readonly lastSeen: string | null;
  /** A JSON object: anything `JSON.stringify` writes as one. */
  readonly properties: object;
}

interface BuiltRow extends Omit<ProfileRowFields, "properties"> {
  readonly propertiesJson: string;
}

/**
 * One profile on its way to a sink. Rows do not change: build another one with {@link profileRow}. A row keeps the bytes
 * of its whole page alive, so keep the values you need, not the row.
 */
export class ProfileRow {
  readonly #source: EngageProfile | BuiltRow;
  #properties: Readonly<Record<string, unknown>> | undefined;

  /** Internal: rows come from `normalizeProfiles()` or {@link profileRow}. */
  constructor(source: EngageProfile | BuiltRow) {
    this.#source = source;
  }

  /** Null where the profile has none. */
  get distinctId(): string | null {
    const source = this.#source;
    return source instanceof EngageProfile ? source.$distinct_id : source.distinctId;
  }

  /** As sent, without a zone (taken as UTC); null where it is missing or no text. */
  get lastSeen(): string | null {
    const source = this.#source;
    if (!(source instanceof EngageProfile)) return source.lastSeen;
    const token = EngageProfile.pageOf(source).text(EngageProfile.indexOf(source), SLICES.lastSeen);
    return token === undefined ? null : textOfToken(token);
  }

  /** The properties as the server sent them, without a `$last_seen` that is text and without line breaks between tokens. */
  get propertiesJson(): string {
    const source = this.#source;
    if (!(source instanceof EngageProfile)) return source.propertiesJson;
    return EngageProfile.pageOf(source).propertiesText(EngageProfile.indexOf(source));
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

  /** Whether `distinctId` is not null. Internal: reading it for that alone took a tenth of an export to NDJSON. */
  static hasId(row: ProfileRow): boolean {
    const source = row.#source;
    if (!(source instanceof EngageProfile)) return source.distinctId !== null;
    return EngageProfile.pageOf(source).end(EngageProfile.indexOf(source), SLICES.distinctId) > 0;
  }

  /** The profile this row was made of, or undefined for a row built by hand. Internal: what writes rows copies from it. */
  static sentOf(row: ProfileRow): EngageProfile | undefined {
    const source = row.#source;
    return source instanceof EngageProfile ? source : undefined;
  }
}

/**
 * Builds a row, for a transform of one's own.
 *
 * @throws {TypeError} where `properties` is not a JSON object, or a field has another type
 * @example
 * ```ts
 * const row = profileRow({ distinctId: "4", lastSeen: null, properties: { plan: "free" } });
 * row.propertiesJson; // {"plan":"free"}
 * ```
 */
export function profileRow(fields: ProfileRowFields): ProfileRow {
  const { distinctId, lastSeen, properties } = fields;
  if (distinctId !== null && typeof distinctId !== "string") {
    throw new TypeError(`Cannot build a row, \`distinctId\` is text or null: ${typeof distinctId}`);
  }
  if (lastSeen !== null && typeof lastSeen !== "string") {
    throw new TypeError(`Cannot build a row, \`lastSeen\` is text or null: ${typeof lastSeen}`);
  }
  const propertiesJson = JSON.stringify(properties);
  if (!propertiesJson?.startsWith("{")) {
    throw new TypeError(`Cannot build a row, \`properties\` is an object: ${propertiesJson}`);
  }
  return new ProfileRow({ distinctId: distinctId === "" ? null : distinctId, lastSeen, propertiesJson });
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
