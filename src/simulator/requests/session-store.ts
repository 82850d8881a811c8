import { clock } from "../../clock.ts";
import type { ProfileList } from "../profiles/profile-list.ts";
import { SeededRandom } from "../seeded-random.ts";
import type { RequestedPage } from "./read-request.ts";
import { Refusal } from "./refusal.ts";

// Older ones are forgotten, so that a simulator that runs for days stays small.
const SESSIONS_KEPT = 1_000;

/** What page 0 settles for the pages after it. */
export interface SessionPlan {
  /** The parameters that stay the same. */
  readonly identity: string;
  readonly pageSize: number;
  readonly profiles: ProfileList;
}

/** A plan that later pages can refer to. */
export interface SimulatedSession extends SessionPlan {
  readonly id: string;
}

/** Sessions that can still be read from. */
export class SessionStore {
  /** Sessions so far. */
  begun = 0;
  readonly #seed: number;
  readonly #lifetime: number;
  readonly #sessions = new Map<string, { readonly session: SimulatedSession; usedAt: number }>();

  constructor(seed: number, lifetime: number) {
    this.#seed = seed;
    this.#lifetime = lifetime;
  }

  begin(plan: SessionPlan): SimulatedSession {
    const session = { ...plan, id: sessionId(this.#seed, this.begun) };
    this.begun += 1;
    this.#sessions.set(session.id, { session, usedAt: clock.now() });
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size > SESSIONS_KEPT) this.#sessions.delete(oldest);
    return session;
  }

  /** The session a request names. @throws {Refusal} 400 if it is gone or was begun with other parameters */
  find(id: string, { identity, page, unpinned }: RequestedPage): SimulatedSession {
    const kept = this.#sessions.get(id);
    if (kept === undefined || clock.now() - kept.usedAt > this.#lifetime) throw uncached(identity);
    const { session } = kept;
    const moved = unpinned && page > 0 && session.profiles.length > 1_000;
    if (session.identity !== identity || moved) throw uncached(identity);
    kept.usedAt = clock.now();
    return session;
  }

  forget(id: string): void {
    this.#sessions.delete(id);
  }
}

/** The answer for a session that is gone. */
export function uncached(identity: string): Refusal {
  return new Refusal(400, `request for page in uncached query for params ${identity}`);
}

function sessionId(seed: number, counter: number): string {
  const random = new SeededRandom(seed, counter);
  const letters = Array.from({ length: 6 }, () => String.fromCharCode(65 + random.below(26))).join("");
  return `${1_234_567_890 + counter}-${letters}`;
}
