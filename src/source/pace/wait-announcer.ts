import { clock } from "../../clock.ts";
import type { OnWarning } from "../../engage-warning.ts";
import type { RateLimit } from "./rate-limit-headers.ts";

// Shorter waits are over before anyone has read of them.
const WORTH_SAYING = 10_000;
// Five workers that hit one limit name its end a few milliseconds apart.
const SAME_WAIT = 1_000;

const REASONS = {
  window: "Mixpanel's hourly limit of queries is used up",
  concurrency: "Mixpanel's limit of concurrent queries is used up",
  "load-shedding": "Mixpanel is shedding load",
  repeat: "Mixpanel failed, and says when to ask again",
};

/** Announces each wait of more than 10 s once. `until` is a time by the clock; what people read is a date. */
export function waitAnnouncer(warn: OnWarning): (until: number, reason: RateLimit | "repeat") => void {
  let announced = Number.NEGATIVE_INFINITY;
  return (until, reason) => {
    const wait = until - clock.now();
    if (wait <= WORTH_SAYING || until < announced + SAME_WAIT) return;
    announced = until;
    const end = new Date(Date.now() + wait);
    warn({
      code: "waiting",
      until: end.getTime(),
      message: `${REASONS[reason === "repeat" ? reason : reason.shape]}: waiting ${Math.ceil(wait / 1000)} s, until ${end.toISOString()}`,
    });
  };
}
