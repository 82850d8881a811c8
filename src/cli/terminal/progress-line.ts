/** How far an export is. */
export interface ProgressState {
  /** Pages that are done or failed. */
  readonly pages: number;
  /** Undefined if nobody knows. */
  readonly totalPages: number | undefined;
  readonly profiles: number;
  /** Profiles a second. */
  readonly rate: number;
  readonly secondsLeft: number | undefined;
  /** Until a rate limit is over; 0 if there is none. */
  readonly secondsToWait: number;
}

const BAR = 24;

/** One line that says it, as much of it as `width` columns hold. */
export function progressLine(state: ProgressState, width: number): string {
  const { pages, totalPages, profiles, rate, secondsLeft, secondsToWait } = state;
  const wait = secondsToWait > 0 ? `rate limited, on in ${duration(secondsToWait)}` : "";
  if (totalPages === undefined && pages === 0) return (wait || "waiting for the first page").slice(0, width);
  const share = totalPages === undefined ? undefined : Math.min(1, pages / Math.max(1, totalPages));
  const parts = [
    share === undefined ? "" : bar(share),
    share === undefined ? "" : `${Math.floor(share * 100)} %`,
    totalPages === undefined ? `${count(pages)} pages` : `${count(pages)}/${count(totalPages)} pages`,
    `${count(profiles)} profiles`,
    wait || `${count(Math.round(rate))}/s`,
    wait !== "" || secondsLeft === undefined || share === 1 ? "" : `${duration(secondsLeft)} left`,
  ].filter((part) => part !== "");
  // The bar says least, then the share, then the pages.
  while (parts.length > 1 && parts.join("  ").length > width) parts.shift();
  return parts.join("  ").slice(0, width);
}

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `5 s`, `4 min 05 s`, `2 h 07 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
