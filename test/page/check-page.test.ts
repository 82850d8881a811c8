import { afterEach, describe, expect, it, vi } from "vitest";
import { checkProfiles, checkRows } from "../../src/page/check-page.ts";
import { profileRow } from "../../src/page/profile-row.ts";
import { failedPage, loadedPage, profilesOf, rowsOf, sessionOf } from "../helpers/page-results.ts";

afterEach(() => vi.resetModules());

const session = sessionOf(4);
const sent = '{"$distinct_id":"hush"}';
const row = profileRow({ distinctId: "hush", lastSeen: null, properties: {} });

/** The same code loaded once more, as by another version of the package beside this one. */
async function otherCopy() {
  vi.resetModules();
  const rows = await import("../../src/page/profile-row.ts");
  const profiles = await import("../../src/page/engage-profile.ts");
  const slices = await import("../../src/page/page-slices.ts");
  const page = new slices.PageSlices(new TextEncoder().encode("{}"), new Uint32Array([0, 2, 0, 0, 0, 0, 0, 0, 0, 0]));
  const profile = profiles.engageProfile(page, 0);
  return { profile, row: rows.sentRow(profile) };
}

describe("checkRows", () => {
  it("takes pages of rows, sent ones and built ones, and failed pages", () => {
    for (const page of [
      loadedPage(session, 0, [...rowsOf(sent), row]),
      loadedPage(session, 0, []),
      failedPage(session, 1),
    ]) {
      expect(() => checkRows(page)).not.toThrow();
    }
  });

  it.each<[string, unknown, string]>([
    ["a row", row, "a ProfileRow"],
    ["bytes", new Uint8Array(3), "a Uint8Array"],
    ["a list", [row], "an Array"],
    ["text", "hush", "a string"],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["an object", { rows: [] }, "a plain object"],
    ["an object without a prototype", Object.create(null), "a plain object"],
    ["a page without a session", { status: "loaded", pageIndex: 0, rows: [] }, "a plain object"],
    ["a page without rows", { status: "loaded", pageIndex: 0, session }, "a plain object"],
    ["a page without a place", { status: "failed", session }, "a plain object"],
  ])("refuses what is not a page, and says what came: %s", (_, value, kind) => {
    expect(() => checkRows(value)).toThrow(
      new TypeError(`Expected a page of rows (made by normalizeProfiles() or profileRow()), but this came: ${kind}`),
    );
  });

  it.each<[string, unknown, string]>([
    ["profiles that were not normalized", profilesOf(sent)[0], "an EngageProfile"],
    ["a copy", { ...row }, "a plain object"],
    ["a page", loadedPage(session, 0, []), "a page"],
  ])("refuses what is not a row, and says where it stands: %s", (_, value, kind) => {
    expect(() => checkRows(loadedPage(session, 3, [row, value]))).toThrow(
      new TypeError(
        `Expected a page of rows (made by normalizeProfiles() or profileRow()), but this came as number 1 on page 3: ${kind}`,
      ),
    );
  });

  it("refuses rows of another copy of the package in words", async () => {
    const other = await otherCopy();
    expect(() => checkRows(loadedPage(session, 0, [other.row]))).toThrow(
      /: a ProfileRow of another copy of this package$/,
    );
  });
});

describe("checkProfiles", () => {
  it("takes pages of profiles", () => {
    expect(() => checkProfiles(loadedPage(session, 0, profilesOf(sent)))).not.toThrow();
    expect(() => checkProfiles(failedPage(session, 1))).not.toThrow();
  });

  it("refuses rows, and profiles of another copy of the package", async () => {
    expect(() => checkProfiles(loadedPage(session, 0, [row]))).toThrow(
      "Expected a page of profiles (read by profilePages()), but this came as number 0 on page 0: a ProfileRow",
    );
    const other = await otherCopy();
    expect(() => checkProfiles(loadedPage(session, 0, [other.profile]))).toThrow(
      /: an EngageProfile of another copy of this package$/,
    );
  });
});
