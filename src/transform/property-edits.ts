import { JsonByte } from "../page/json-byte.ts";
import { JsonScanner } from "../page/json-scanner.ts";
import { memberCut, type Slice } from "../page/member-cut.ts";
import type { KeyedHash } from "./keyed-hash.ts";

/** What becomes of properties, whose names are tokens of JSON. */
export interface PropertyRules {
  readonly drops: readonly Uint8Array[];
  readonly hashes: readonly Uint8Array[];
  readonly hash: KeyedHash;
}

/** A change of bytes: what stands from `begin` to `end` is left out, and `put` stands there. */
interface Edit {
  readonly begin: number;
  readonly end: number;
  readonly put?: Uint8Array | Promise<Uint8Array>;
}

const encoder = new TextEncoder();
const PROPERTIES = encoder.encode('"$properties"');
const NULL = encoder.encode("null");

/** The profile that begins at `begin`, edited, in pieces; undefined if nothing changes. `bytes` must be valid. */
export async function editedProfile(
  bytes: Uint8Array,
  [begin, end]: Slice,
  rules: PropertyRules,
): Promise<readonly Uint8Array[] | undefined> {
  const scanner = scannerAt(bytes, begin);
  const edits: Edit[] = [];
  for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
    scanner.key();
    const start = scanner.at;
    if (!scanner.isKey(PROPERTIES)) scanner.skipValue();
    else if (bytes[start] === JsonByte.OpenObject) {
      // Not spread into a call: the number of its arguments has a limit, and a property may come more often.
      for (const edit of objectEdits(scanner, rules)) edits.push(edit);
    } else {
      scanner.skipValue();
      // A member that comes twice, of which nobody reads this one: it may hold anything.
      if (bytes[start] !== JsonByte.LetterN) edits.push({ begin: start, end: scanner.at, put: NULL });
    }
  }
  return edits.length === 0 ? undefined : edited(bytes, [begin, end], edits);
}

/** The text of an object of properties, edited; undefined if nothing changes. */
export async function editedProperties(json: string, rules: PropertyRules): Promise<string | undefined> {
  const bytes = encoder.encode(json);
  const edits = objectEdits(scannerAt(bytes, 0), rules);
  if (edits.length === 0) return undefined;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const pieces = await edited(bytes, [0, bytes.length], edits);
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
}

/** Steps over the object ahead, and says what changes in it. */
function objectEdits(scanner: JsonScanner, { drops, hashes, hash }: PropertyRules): readonly Edit[] {
  const { bytes } = scanner;
  const edits: Edit[] = [];
  let lastCut: Slice | undefined;
  for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
    scanner.key();
    const { keyStart, at: begin } = scanner;
    const isDropped = drops.some((name) => scanner.isKey(name));
    const isHashed = !isDropped && hashes.some((name) => scanner.isKey(name));
    scanner.skipValue();
    const end = scanner.at;
    if (isDropped) {
      lastCut = memberCut(bytes, keyStart, end, lastCut);
      edits.push({ begin: lastCut[0], end: lastCut[1] });
    } else if (isHashed) {
      edits.push({ begin, end, put: hash(hashedBytes(scanner, begin)).then((hex) => encoder.encode(`"${hex}"`)) });
    }
  }
  return edits;
}

/** What a value's hash is made of: the text that it means, or its JSON as it was sent. */
function hashedBytes(scanner: JsonScanner, begin: number): Uint8Array<ArrayBuffer> {
  const { bytes, at } = scanner;
  return bytes[begin] === JsonByte.Quote ? encoder.encode(scanner.parse(begin, at) as string) : bytes.slice(begin, at);
}

async function edited(bytes: Uint8Array, [begin, end]: Slice, edits: readonly Edit[]): Promise<readonly Uint8Array[]> {
  const puts = await Promise.all(edits.map(({ put }) => put));
  const pieces: Uint8Array[] = [];
  let from = begin;
  for (const [nth, edit] of edits.entries()) {
    pieces.push(bytes.subarray(from, edit.begin), puts[nth] ?? new Uint8Array());
    from = edit.end;
  }
  return [...pieces, bytes.subarray(from, end)];
}

function scannerAt(bytes: Uint8Array, at: number): JsonScanner {
  const scanner = new JsonScanner(bytes);
  scanner.at = at;
  return scanner;
}
