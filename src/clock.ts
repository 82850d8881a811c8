/**
 * The clock of every wait, deadline and duration, in milliseconds. It is monotonic: setting the system's time changes
 * nothing. `Date` is for what people read.
 */
export const clock = { now: (): number => performance.now() };
