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

/** Announces each wait of more than 10 s once, with the time it ends. */
export function waitAnnouncer(warn: OnWarning): (until: number, reason: RateLimit | "repeat") => void {
  let announced = 0;
  return (until, reason) => {
    const wait = until - Date.now();
    if (wait <= WORTH_SAYING || until < announced + SAME_WAIT) return;
    announced = until;
    const time = new Date(until).toISOString();
    warn({
      code: "waiting",
      until,
      message: `${REASONS[reason === "repeat" ? reason : reason.shape]}: waiting ${Math.ceil(wait / 1000)} s, until ${time}`,
    });
  };
}
