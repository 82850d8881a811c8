/** Longer ranges are copied by `set`, whose call and subarray take as long as this many bytes one by one. */
const SHORT = 64;

/** Copies a range of bytes into `target` at `at`, and returns where it ends there. */
export function copyBytes(from: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  const length = end - start;
  if (length > SHORT) target.set(from.subarray(start, end), at);
  else for (let offset = 0; offset < length; offset++) target[at + offset] = from[start + offset] ?? 0;
  return at + length;
}
