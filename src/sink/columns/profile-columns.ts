import { indexOf, pageOf } from "../../page/engage-profile.ts";
import { type PageSlices, SLICES } from "../../page/page-slices.ts";
import { hasId, type ProfileRow, sentOf } from "../../page/profile-row.ts";
import { parseLastSeen } from "./parse-last-seen.ts";
import { replaceLoneSurrogates, wellFormedId } from "./replace-lone-surrogates.ts";
import { TextColumn } from "./text-column.ts";
import { TimestampColumn } from "./timestamp-column.ts";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const encoder = new TextEncoder();

/** Profiles in the columns of the table. What a server sent gets there as bytes, and becomes no text on its way. */
export class ProfileColumns {
  readonly distinctIds = new TextColumn();
  readonly lastSeen = new TimestampColumn();
  readonly properties = new TextColumn();
  #surrogates = 0;

  get length(): number {
    return this.lastSeen.length;
  }

  /** How many lone surrogates were replaced. */
  get surrogates(): number {
    return this.#surrogates;
  }

  /** Holds these profiles instead of those before; the ones without an id are left out. */
  fill(profiles: readonly ProfileRow[]): this {
    for (const column of [this.distinctIds, this.lastSeen, this.properties]) column.clear(profiles.length);
    this.#surrogates = 0;
    for (const profile of profiles) if (hasId(profile)) this.#add(profile);
    this.#surrogates += replaceLoneSurrogates(this.properties.bytes);
    return this;
  }

  #add(row: ProfileRow): void {
    const sent = sentOf(row);
    if (sent === undefined) this.#addBuilt(row);
    else this.#addSent(row, pageOf(sent), indexOf(sent));
  }

  #addBuilt(row: ProfileRow): void {
    this.#addId(row);
    const micros = textMicros(row);
    this.lastSeen.add(micros);
    this.properties.add(micros === undefined ? withLastSeen(row) : row.propertiesJson);
  }

  #addSent(row: ProfileRow, page: PageSlices, index: number): void {
    if (!this.#addSentId(page, index)) this.#addId(row);
    const micros = sentMicros(page, index) ?? textMicros(row);
    this.lastSeen.add(micros);
    if (micros === undefined && page.end(index, SLICES.lastSeen) > 0) this.properties.add(withLastSeen(row));
    else this.properties.addProperties(page, index);
  }

  /** Adds an id that stands in the page as it is; false if it is escaped. */
  #addSentId(page: PageSlices, index: number): boolean {
    const begin = page.begin(index, SLICES.distinctId);
    const end = page.end(index, SLICES.distinctId);
    for (let at = begin; at < end; at++) if (page.bytes[at] === BACKSLASH) return false;
    const quotes = page.bytes[begin] === QUOTE ? 1 : 0;
    this.distinctIds.addRange(page.bytes, begin + quotes, end - quotes);
    return true;
  }

  #addId({ distinctId }: ProfileRow): void {
    const { text, count } = wellFormedId(distinctId ?? "");
    this.distinctIds.add(text);
    this.#surrogates += count;
  }
}

/** The last profile of each id, in the order of their first; those without one are left out. */
export function lastOfEachId(profiles: readonly ProfileRow[]): readonly ProfileRow[] {
  const last = new Map<string, ProfileRow>();
  for (const profile of profiles) {
    const id = profile.distinctId;
    if (id !== null) last.set(wellFormedId(id).text, profile);
  }
  return [...last.values()];
}

/** The moment that stands in the page as it is; undefined if there is none, if it is escaped or no date-time. */
function sentMicros(page: PageSlices, index: number): bigint | undefined {
  const end = page.end(index, SLICES.lastSeen);
  return end === 0 ? undefined : parseLastSeen(page.bytes, page.begin(index, SLICES.lastSeen) + 1, end - 1);
}

function textMicros({ lastSeen }: ProfileRow): bigint | undefined {
  return lastSeen === null ? undefined : parseLastSeen(encoder.encode(lastSeen));
}

/** The properties, and at their end the `$last_seen` that is no date-time, if there is one. */
function withLastSeen({ propertiesJson, lastSeen }: ProfileRow): string {
  if (lastSeen === null) return propertiesJson;
  const members = propertiesJson.slice(0, propertiesJson.lastIndexOf("}")).trimEnd();
  return `${members}${members.endsWith("{") ? "" : ","}"$last_seen":${JSON.stringify(lastSeen)}}`;
}
