/** The length of `2008-06-09T23:08:40`. */
const SECONDS_LENGTH = 19;
/** What may follow: a fraction, and `Z` or an offset. */
const SUFFIX = /^(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/;
const DIGIT_0 = 0x30;
const DASH = 0x2d;
const COLON = 0x3a;
const LETTER_T = 0x54;
/** The calendar repeats itself after 400 years; `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
const CALENDAR = { years: 400, milliseconds: 146_097 * 86_400_000 };

const decoder = new TextDecoder();

/**
 * Microseconds since the epoch in UTC, or undefined if the bytes from `begin` to `end` are no ISO date-time. DuckDB's
 * own cast would drop the offset silently and take `infinity` and `epoch`.
 */
export function parseLastSeen(bytes: Uint8Array, begin = 0, end = bytes.length): bigint | undefined {
  if (end - begin < SECONDS_LENGTH) return undefined;
  const at = (offset: number) => bytes[begin + offset] ?? 0;
  const digits = (offset: number) => {
    const tens = at(offset) - DIGIT_0;
    const ones = at(offset + 1) - DIGIT_0;
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
  };
  if (at(4) !== DASH || at(7) !== DASH || at(10) !== LETTER_T || at(13) !== COLON || at(16) !== COLON) return undefined;
  const month = digits(5);
  const day = digits(8);
  const hour = digits(11);
  const minute = digits(14);
  const second = digits(17);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const year = digits(0) * 100 + digits(2) + CALENDAR.years;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const micros = BigInt(date.getTime() - CALENDAR.milliseconds) * 1000n;
  if (end - begin === SECONDS_LENGTH) return micros;
  const more = suffixMicros(decoder.decode(bytes.subarray(begin + SECONDS_LENGTH, end)));
  return more === undefined ? undefined : micros + more;
}

function suffixMicros(suffix: string): bigint | undefined {
  const match = SUFFIX.exec(suffix);
  if (match === null) return undefined;
  const [, fraction = "", sign, hours = "0", minutes = "0"] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return BigInt(fraction.padEnd(6, "0")) - BigInt(offset) * 60_000_000n;
}
