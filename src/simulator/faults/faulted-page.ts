import { type ProfileList, rotated } from "../profiles/profile-list.ts";
import type { SimulatedSession } from "../requests/session-store.ts";
import { type SimulatedPage, simulatedPage } from "../requests/simulated-page.ts";
import { damagedProfile } from "./damaged-profile.ts";
import type { EndlessFault, Fault, InvalidProfileFault, OtherSessionFault, WrongPageFault } from "./fault.ts";

const DEFAULT_BOMB = 4 * 2 ** 30;
const PIECE = 16_384;

/** A page of a session as a fault leaves it; faults of other kinds leave it alone. */
export function faultedPage(session: SimulatedSession, page: number, fault: Fault | undefined): SimulatedPage {
  const whole = simulatedPage(session, page);
  const { begin, end } = whole;
  switch (fault?.kind) {
    case "empty-page":
      return { ...whole, end: begin };
    case "short-page":
      return { ...whole, end: Math.min(end, begin + (fault.rows ?? Math.floor((end - begin) / 2))) };
    case "fields":
      return withMembers(whole, fault.fields);
    case "wrong-page":
      return wrongPage(session, page, fault);
    case "other-session":
      return otherSession(whole, session, fault);
    case "growing-total":
      return withMembers(whole, { total: Math.max(0, session.profiles.length + page * (fault.by ?? 1)) });
    case "shrinking-page-size": {
      const pageSize = Math.max(1, session.pageSize - page * (fault.by ?? 1));
      const said = withMembers(whole, { page_size: pageSize });
      return fault.short ? { ...said, end: Math.min(end, begin + pageSize) } : said;
    }
    case "invalid-profile":
      return { ...whole, write: damaging(fault) };
    case "endless":
      return endless(whole, fault);
    case "gzip-bomb":
      return { ...whole, filler: repeated(" ", fault.bytes ?? DEFAULT_BOMB) };
    default:
      return whole;
  }
}

function withMembers(page: SimulatedPage, members: Readonly<Record<string, unknown>>): SimulatedPage {
  return { ...page, members: { ...page.members, ...members } };
}

function wrongPage(session: SimulatedSession, page: number, fault: WrongPageFault): SimulatedPage {
  const { profilesOf = page, says = fault.profilesOf ?? (page === 0 ? 1 : page - 1) } = fault;
  return withMembers(simulatedPage(session, profilesOf), { page: says });
}

function otherSession(page: SimulatedPage, session: SimulatedSession, fault: OtherSessionFault): SimulatedPage {
  const { sessionId = session.id.replace(/[A-Z]+$/, "OTHERS"), reordered = false } = fault;
  const { profiles, pageSize } = session;
  const other = withMembers(page, { session_id: sessionId });
  return reordered ? { ...other, profiles: rotated(profiles, Math.ceil(pageSize / 2)) } : other;
}

function damaging({ damage = "nan", at = 0 }: InvalidProfileFault): SimulatedPage["write"] {
  const places = new Set(typeof at === "number" ? [at] : at);
  return (json, place) => (places.has(place) ? damagedProfile(json, damage) : json);
}

function endless(page: SimulatedPage, { of = "profiles" }: EndlessFault): SimulatedPage {
  const { profiles, begin, end } = page;
  switch (of) {
    case "profiles":
      return { ...page, profiles: cycled(profiles), end: Number.POSITIVE_INFINITY };
    case "spaces":
      return { ...page, filler: repeated(" ", Number.POSITIVE_INFINITY) };
    case "text":
      return { ...page, filler: unclosedText(begin < end ? "," : "") };
  }
}

/** The same profiles again and again. */
function cycled(list: ProfileList): ProfileList {
  const { length } = list;
  return { length: Number.POSITIVE_INFINITY, json: (index) => (length === 0 ? "{}" : list.json(index % length)) };
}

function* unclosedText(separator: string): Generator<string, void> {
  yield `${separator}{"$distinct_id":"`;
  yield* repeated("x", Number.POSITIVE_INFINITY);
}

function* repeated(character: string, count: number): Generator<string, void> {
  const piece = character.repeat(PIECE);
  for (let left = count; left > 0; left -= PIECE) yield left < PIECE ? character.repeat(left) : piece;
}
