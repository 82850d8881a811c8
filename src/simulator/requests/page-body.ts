import type { ProfileList } from "../profiles/profile-list.ts";

// Large enough to cost little per chunk, small enough to leave the event loop its turn.
const CHUNK_BYTES = 65_536;

/** Profiles of a page, and what stands before them. */
export interface SimulatedPage {
  /** The members of the response in their order; the profiles stand where `results` is. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly profiles: ProfileList;
  readonly begin: number;
  readonly end: number;
}

/** In place of `results`, the page's profiles. */
export const RESULTS = Symbol("results");

/** The page as UTF-8, chunk by chunk, generated on the way. */
export function* pageBody({ members, profiles, begin, end }: SimulatedPage): Generator<Uint8Array<ArrayBuffer>, void> {
  const encoder = new TextEncoder();
  let chunk = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  for (const text of pageTexts(members, profiles, begin, end)) {
    // A UTF-16 unit takes at most 3 bytes.
    const most = text.length * 3;
    if (used > 0 && used + most > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = new Uint8Array(Math.max(CHUNK_BYTES, most));
      used = 0;
    } else if (most > chunk.length) chunk = new Uint8Array(most);
    used += encoder.encodeInto(text, used === 0 ? chunk : chunk.subarray(used)).written;
  }
  yield chunk.subarray(0, used);
}

function* pageTexts(
  members: Readonly<Record<string, unknown>>,
  profiles: ProfileList,
  begin: number,
  end: number,
): Generator<string, void> {
  let separator = "{";
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    yield `${separator}${JSON.stringify(name)}:`;
    separator = ",";
    if (value !== RESULTS) {
      yield JSON.stringify(value);
      continue;
    }
    yield "[";
    for (let index = begin; index < end; index += 1) {
      yield index === begin ? profiles.json(index) : `,${profiles.json(index)}`;
    }
    yield "]";
  }
  yield separator === "{" ? "{}" : "}";
}
