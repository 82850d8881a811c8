/**
 * The bytes that JSON's grammar tells apart. An enum, since the bundler puts its values into the code: scanning with
 * constants takes 1.1 times as long.
 */
export enum JsonByte {
  Tab = 0x09,
  LineFeed = 0x0a,
  CarriageReturn = 0x0d,
  Space = 0x20,
  Quote = 0x22,
  Plus = 0x2b,
  Comma = 0x2c,
  Minus = 0x2d,
  Dot = 0x2e,
  Digit0 = 0x30,
  Digit9 = 0x39,
  Colon = 0x3a,
  UpperE = 0x45,
  OpenArray = 0x5b,
  Backslash = 0x5c,
  CloseArray = 0x5d,
  LetterE = 0x65,
  LetterF = 0x66,
  LetterN = 0x6e,
  LetterT = 0x74,
  LetterU = 0x75,
  OpenObject = 0x7b,
  CloseObject = 0x7d,
  /** The first byte of those that are no ASCII. */
  NonAscii = 0x80,
}

/** The first byte from `start` on that is no white space; behind all bytes if there is none. */
export function spaceEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

export function isSpace(byte: number | undefined): boolean {
  return (
    byte === JsonByte.Space || byte === JsonByte.Tab || byte === JsonByte.LineFeed || byte === JsonByte.CarriageReturn
  );
}
