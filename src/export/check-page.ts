import type { PageResult } from "../page/page-result.ts";
import { isProfileRow, type ProfileRow } from "../page/profile-row.ts";

/**
 * Makes sure that what a stream brings is a page of rows.
 *
 * @throws {TypeError} says what came, and what belongs there
 */
export function checkPage(value: unknown): asserts value is PageResult<ProfileRow> {
  const { status, session, pageIndex, rows } = Object(value) as Record<string, unknown>;
  if (status !== "loaded" && status !== "failed") refuse(`no page but ${kindOf(value)}`);
  if (typeof session !== "object" || session === null) refuse("a page without its `session`");
  if (!Number.isSafeInteger(pageIndex) || (pageIndex as number) < 0) refuse("a page whose `pageIndex` is no number");
  if (status === "failed") return;
  if (!Array.isArray(rows)) refuse("a page without a list of `rows`");
  for (const row of rows as readonly unknown[]) {
    if (!isProfileRow(row)) refuse(`a page that holds ${kindOf(row)}`);
  }
}

function refuse(what: string): never {
  throw new TypeError(
    `Cannot write what the stream brought, ${what}: pages of rows belong there, as normalizeProfiles() of this copy of engage-export makes them`,
  );
}

/** What a value is, never what it holds. */
function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : `a ${typeof value}`;
  if (Array.isArray(value)) return "a list";
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  if (name === "EngageProfile") return "an EngageProfile, which normalizeProfiles() turns into a row";
  if (name === "ProfileRow") return "a ProfileRow of another copy of the package";
  return typeof name === "string" && name !== "Object" ? `a ${name}` : "an object";
}
