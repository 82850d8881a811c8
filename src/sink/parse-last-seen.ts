const ISO_DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/;

/**
 * Microseconds since the epoch in UTC, or undefined where `text` is no ISO date-time. DuckDB's own cast would drop the
 * offset silently and take `infinity` and `epoch`.
 */
export function parseLastSeen(text: string): bigint | undefined {
  const match = ISO_DATE_TIME.exec(text);
  if (match === null) return undefined;
  const field = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [field(1), field(2), field(3), field(4), field(5), field(6)];
  const [offsetHours, offsetMinutes] = [field(9), field(10)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  // `Date.UTC` takes the years 0 to 99 for 1900 to 1999, `setUTCFullYear` does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (match[8] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  const milliseconds = date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return BigInt(milliseconds) * 1000n + BigInt((match[7] ?? "").padEnd(6, "0"));
}
