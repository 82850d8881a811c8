import { type EngageProfile, indexOf, pageOf } from "./engage-profile.ts";
import { JsonByte } from "./json-byte.ts";
import { SLICES } from "./page-slices.ts";
import { type ProfileRow, sentOf } from "./profile-row.ts";

const encoder = new TextEncoder();

/**
 * A line `{"$distinct_id":…,"$properties":{…}}` for each row: what a server sent is copied without line breaks between
 * tokens, and a row that was built is written in that form.
 */
export function rawLines(rows: readonly ProfileRow[]): Uint8Array<ArrayBuffer> {
  const lines = rows.map((row) => {
    const sent = sentOf(row);
    return sent === undefined ? builtLine(row) : sentLine(sent);
  });
  const bytes = new Uint8Array(lines.reduce((length, line) => length + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length;
    bytes[at++] = JsonByte.LineFeed;
  }
  return bytes;
}

function sentLine(profile: EngageProfile): Uint8Array {
  const sent = pageOf(profile).part(indexOf(profile), SLICES.profile) ?? new Uint8Array();
  return isOneLine(sent) ? sent : sent.filter((byte) => !isLineBreak(byte));
}

function isOneLine(bytes: Uint8Array): boolean {
  return !bytes.includes(JsonByte.LineFeed) && !bytes.includes(JsonByte.CarriageReturn);
}

/** In valid JSON a line break stands between tokens only. */
function isLineBreak(byte: number): boolean {
  return byte === JsonByte.LineFeed || byte === JsonByte.CarriageReturn;
}

function builtLine({ distinctId, lastSeen, propertiesJson }: ProfileRow): Uint8Array {
  const id = JSON.stringify(distinctId);
  return encoder.encode(`{"$distinct_id":${id},"$properties":${withLastSeen(propertiesJson, lastSeen)}}`);
}

function withLastSeen(json: string, lastSeen: string | null): string {
  if (lastSeen === null) return json;
  const comma = json === "{}" ? "" : ",";
  return `${json.slice(0, -1)}${comma}"$last_seen":${JSON.stringify(lastSeen)}}`;
}
