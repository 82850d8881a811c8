import { type PageSlices, SLICES } from "../page-slices.ts";
import { ProfileRow } from "../profile-row.ts";
import { parseLastSeen } from "./parse-last-seen.ts";
import { replaceLoneSurrogates, replaceSurrogateUnits } from "./replace-lone-surrogates.ts";
import { TextColumn } from "./text-column.ts";
import { TimestampColumn } from "./timestamp-column.ts";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const encoder = new TextEncoder();

/** Profiles in the columns of the table. What a server sent gets there as bytes, and becomes no text on its way. */
export class TableRows {
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
    for (const profile of profiles) if (ProfileRow.hasId(profile)) this.#add(profile);
    this.#surrogates += replaceLoneSurrogates(this.properties.bytes);
    return this;
  }

  #add(profile: ProfileRow): void {
    const sent = ProfileRow.slicesOf(profile);
    if (sent === undefined || !this.#addSentId(sent.page, sent.index)) this.#addId(profile.distinctId ?? "");
    const micros = (sent && sentMicros(sent.page, sent.index)) ?? builtMicros(profile);
    this.lastSeen.add(micros);
    const unread = micros === undefined ? profile.lastSeen : null;
    if (unread !== null) this.properties.add(withLastSeen(profile.propertiesJson, unread));
    else if (sent) this.properties.addProperties(sent.page, sent.index);
    else this.properties.add(profile.propertiesJson);
  }

  /** Adds an id that stands in the page as it is; false where it is escaped. */
  #addSentId(page: PageSlices, index: number): boolean {
    const begin = page.begin(index, SLICES.distinctId);
    const end = page.end(index, SLICES.distinctId);
    for (let at = begin; at < end; at++) if (page.bytes[at] === BACKSLASH) return false;
    const quotes = page.bytes[begin] === QUOTE ? 1 : 0;
    this.distinctIds.addRange(page.bytes, begin + quotes, end - quotes);
    return true;
  }

  #addId(id: string): void {
    const { text, count } = replaceSurrogateUnits(id);
    this.distinctIds.add(text);
    this.#surrogates += count;
  }
}

/** The last profile of each id, in the order of their first; those without one are left out. */
export function lastOfEachId(profiles: readonly ProfileRow[]): readonly ProfileRow[] {
  const last = new Map<string, ProfileRow>();
  for (const profile of profiles) {
    const id = profile.distinctId;
    if (id !== null) last.set(replaceSurrogateUnits(id).text, profile);
  }
  return [...last.values()];
}

/** The moment that stands in the page as it is; undefined where there is none, where it is escaped or no date-time. */
function sentMicros(page: PageSlices, index: number): bigint | undefined {
  const end = page.end(index, SLICES.lastSeen);
  return end === 0 ? undefined : parseLastSeen(page.bytes, page.begin(index, SLICES.lastSeen) + 1, end - 1);
}

function builtMicros({ lastSeen }: ProfileRow): bigint | undefined {
  return lastSeen === null ? undefined : parseLastSeen(encoder.encode(lastSeen));
}

/** A `$last_seen` that is no date-time, put back where it came from. */
function withLastSeen(json: string, lastSeen: string): string {
  const members = json.slice(0, json.lastIndexOf("}")).trimEnd();
  return `${members}${members.endsWith("{") ? "" : ","}"$last_seen":${JSON.stringify(lastSeen)}}`;
}
