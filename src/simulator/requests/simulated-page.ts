import type { ProfileList } from "../profiles/profile-list.ts";
import type { SimulatedSession } from "./session-store.ts";

/** Profiles of a page, and what stands around them. */
export interface SimulatedPage {
  /** The members of the response in their order; the profiles stand where `results` is. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly profiles: ProfileList;
  readonly begin: number;
  readonly end: number;
  /** What is sent for a profile, by its place on the page; by default its JSON. */
  readonly write?: (json: string, place: number) => string | Uint8Array;
  /** What follows the last profile before the list ends. */
  readonly filler?: Iterable<string>;
}

/** In place of `results`, the page's profiles. */
export const RESULTS = Symbol("results");

/** A page of a session, past its end without profiles. */
export function simulatedPage({ id, pageSize, profiles }: SimulatedSession, page: number): SimulatedPage {
  const total = profiles.length;
  const begin = Math.min(page * pageSize, total);
  return {
    members: { page, page_size: pageSize, session_id: id, status: "ok", total, results: RESULTS },
    profiles,
    begin,
    end: Math.min(begin + pageSize, total),
  };
}
