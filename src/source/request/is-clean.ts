/**
 * Whether nothing that an error shows, however deep, is changed by `redact`. What cannot be looked into, such as a
 * request, counts as unclean.
 */
export function isClean(value: unknown, redact: (text: string) => string, seen = new Set<unknown>()): boolean {
  if (typeof value === "string") return redact(value) === value;
  if (typeof value !== "object" || value === null || seen.has(value)) return true;
  seen.add(value);
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain && !Array.isArray(value) && !(value instanceof Error)) return false;
  return Reflect.ownKeys(value).every((key) => isClean(Reflect.get(value, key), redact, seen));
}
