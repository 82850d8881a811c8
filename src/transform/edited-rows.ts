import { engageProfile, indexOf, pageOf } from "../page/engage-profile.ts";
import { JsonScanner } from "../page/json-scanner.ts";
import { PageSlices, SLICES, SLICES_PER_PROFILE } from "../page/page-slices.ts";
import { profileParts } from "../page/profile-parts.ts";
import { builtRow, type ProfileRow, sentOf, sentRow } from "../page/profile-row.ts";
import { editedProfile, editedProperties, type PropertyRules } from "./property-edits.ts";

const encoder = new TextEncoder();
const LAST_SEEN = encoder.encode('"$last_seen"');

/** The rows after the rules; one that they change nothing of stays as it is. */
export async function editedRows(rows: readonly ProfileRow[], rules: PropertyRules): Promise<readonly ProfileRow[]> {
  const edited = await Promise.all(rows.map((row) => editedRow(row, rules)));
  const sent = sentAgain(edited.filter(isInPieces)).values();
  return edited.map((each) => (isInPieces(each) ? sent.next().value : each)).filter((row) => row !== undefined);
}

type Pieces = readonly Uint8Array[];

function isInPieces(row: ProfileRow | Pieces): row is Pieces {
  return Array.isArray(row);
}

/** A row, or the pieces of a profile that was sent. */
async function editedRow(row: ProfileRow, rules: PropertyRules): Promise<ProfileRow | Pieces> {
  const sent = sentOf(row);
  if (sent === undefined) return editedBuilt(row, rules);
  const page = pageOf(sent);
  const index = indexOf(sent);
  const slice = [page.begin(index, SLICES.profile), page.end(index, SLICES.profile)] as const;
  return (await editedProfile(page.bytes, slice, rules)) ?? row;
}

async function editedBuilt(row: ProfileRow, rules: PropertyRules): Promise<ProfileRow> {
  const lastSeen = await editedLastSeen(row.lastSeen, rules);
  const propertiesJson = await editedProperties(row.propertiesJson, rules);
  if (lastSeen === row.lastSeen && propertiesJson === undefined) return row;
  return builtRow({ distinctId: row.distinctId, lastSeen, propertiesJson: propertiesJson ?? row.propertiesJson });
}

async function editedLastSeen(lastSeen: string | null, { drops, hashes, hash }: PropertyRules): Promise<string | null> {
  if (lastSeen === null || includes(drops, LAST_SEEN)) return null;
  return includes(hashes, LAST_SEEN) ? hash(encoder.encode(lastSeen)) : lastSeen;
}

function includes(names: readonly Uint8Array[], name: Uint8Array): boolean {
  return names.some((each) => each.length === name.length && each.every((byte, at) => byte === name[at]));
}

/** The profiles as a page of their own, so that nothing that was left out stays in memory or in reach. */
function sentAgain(profiles: readonly Pieces[]): readonly ProfileRow[] {
  const bytes = joined(profiles.flat());
  const scanner = new JsonScanner(bytes);
  const offsets = new Uint32Array(profiles.length * SLICES_PER_PROFILE);
  const rewritten = new Map<number, Uint8Array>();
  for (const index of profiles.keys()) {
    const parts = profileParts(scanner);
    offsets.set(parts.offsets, index * SLICES_PER_PROFILE);
    if (parts.rewritten !== undefined) rewritten.set(index, parts.rewritten);
  }
  const page = new PageSlices(bytes, offsets, rewritten);
  return profiles.map((_, index) => sentRow(engageProfile(page, index)));
}

function joined(pieces: Pieces): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
