import { type EngageProfile, isEngageProfile } from "./engage-profile.ts";
import type { PageResult } from "./page-result.ts";
import { isProfileRow, type ProfileRow } from "./profile-row.ts";

/**
 * Makes sure that what a stream brings to a sink is a page of rows.
 *
 * @throws {TypeError} says what came, and what belongs there
 */
export function checkPage(value: unknown): asserts value is PageResult<ProfileRow> {
  check(
    value,
    isProfileRow,
    "pages of rows belong there, as normalizeProfiles() of this copy of engage-export makes them",
  );
}

/**
 * Makes sure that what a stream brings is a page of profiles.
 *
 * @throws {TypeError} says what came, and what belongs there
 */
export function checkProfiles(value: unknown): asserts value is PageResult<EngageProfile> {
  check(
    value,
    isEngageProfile,
    "pages of profiles belong there, as profilePages() of this copy of engage-export reads them",
  );
}

function check(value: unknown, isWanted: (row: unknown) => boolean, wanted: string): void {
  const refuse = (what: string): never => {
    throw new TypeError(`Cannot take what the stream brought, ${what}: ${wanted}`);
  };
  const { status, session, pageIndex, rows } = Object(value) as Readonly<Record<string, unknown>>;
  if (status !== "loaded" && status !== "failed") refuse(`no page but ${kindOf(value)}`);
  if (typeof session !== "object" || session === null) refuse("a page without its `session`");
  if (!Number.isSafeInteger(pageIndex) || (pageIndex as number) < 0) refuse("a page whose `pageIndex` is no number");
  if (status === "failed") return;
  if (!Array.isArray(rows)) refuse("a page without a list of `rows`");
  for (const row of rows as readonly unknown[]) if (!isWanted(row)) refuse(`a page that holds ${kindOf(row)}`);
}

/** What a value is, never what it holds. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "a list";
  if (isProfileRow(value)) return "a ProfileRow";
  if (isEngageProfile(value)) return "an EngageProfile, which normalizeProfiles() turns into a row";
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (name === "ProfileRow") return "a ProfileRow of another copy of the package";
  if (name === "EngageProfile") return "an EngageProfile of another copy of the package";
  return typeof name === "string" && name !== "" && name !== "Object" ? `a value of class ${name}` : "an object";
}
