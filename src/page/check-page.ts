import { type EngageProfile, isEngageProfile } from "./engage-profile.ts";
import type { PageResult } from "./page-result.ts";
import { isProfileRow, type ProfileRow } from "./profile-row.ts";

/** @throws {TypeError} unless `value` is a page of rows, as a sink takes them */
export function checkRows(value: unknown): asserts value is PageResult<ProfileRow> {
  check(value, isProfileRow, "rows (made by normalizeProfiles() or profileRow())");
}

/** @throws {TypeError} unless `value` is a page of profiles, as `profilePages()` reads them */
export function checkProfiles(value: unknown): asserts value is PageResult<EngageProfile> {
  check(value, isEngageProfile, "profiles (read by profilePages())");
}

function check(value: unknown, isWanted: (row: unknown) => boolean, wanted: string): void {
  if (!isPage(value)) throw new TypeError(`Expected a page of ${wanted}, but this came: ${kindOf(value)}`);
  if (value.status === "failed") return;
  const index = value.rows.findIndex((row) => !isWanted(row));
  if (index === -1) return;
  throw new TypeError(
    `Expected a page of ${wanted}, but this came as number ${index} on page ${value.pageIndex}: ${kindOf(value.rows[index])}`,
  );
}

function isPage(value: unknown): value is PageResult<unknown> {
  const { status, session, pageIndex, rows } = Object(value) as Readonly<Record<string, unknown>>;
  const isPlaced = typeof session === "object" && session !== null && Number.isSafeInteger(pageIndex);
  return isPlaced && (status === "failed" || (status === "loaded" && Array.isArray(rows)));
}

/** What a value is, for a person; never what it holds. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (isPage(value)) return "a page";
  const { name = "" } = Object(value.constructor) as { name?: string };
  if (name === "" || name === "Object") return "a plain object";
  const isOurs = isProfileRow(value) || isEngageProfile(value);
  const isNamedSo = name === "ProfileRow" || name === "EngageProfile";
  const article = /^[AEIO]/.test(name) ? "an" : "a";
  return `${article} ${name}${isNamedSo && !isOurs ? " of another copy of this package" : ""}`;
}
