/** The middle of a list of numbers, and its ends. */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

/** Calls `round` one after the other: what is compared runs within the same round, so that a machine that slows down slows all. */
export async function rounds(count, round) {
  const results = [];
  for (let nth = 0; nth < count; nth++) results.push(await round(nth));
  return results;
}

/** Rotates a list, so that nobody always runs after the same neighbour. */
export function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
