import { afterEach, describe, expect, it, vi } from "vitest";
import { checkPage, checkProfiles } from "../../src/page/check-page.ts";
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

describe("checkPage", () => {
  const wanted = "pages of rows belong there, as normalizeProfiles() of this copy of engage-export makes them";

  it("takes pages of rows, sent ones and built ones, and failed pages", () => {
    for (const page of [
      loadedPage(session, 0, [...rowsOf(sent), row]),
      loadedPage(session, 0, []),
      failedPage(session, 1),
    ]) {
      expect(() => checkPage(page)).not.toThrow();
    }
  });

  it.each<[string, unknown, string]>([
    ["a row", row, "no page but a ProfileRow"],
    ["bytes", new Uint8Array(3), "no page but a value of class Uint8Array"],
    ["a list", [row], "no page but a list"],
    ["text", "hush", "no page but a string"],
    ["null", null, "no page but null"],
    ["undefined", undefined, "no page but undefined"],
    ["an object", { rows: [] }, "no page but an object"],
    ["an object without a prototype", Object.create(null), "no page but an object"],
    ["a page without a session", { status: "loaded", pageIndex: 0, rows: [] }, "a page without its `session`"],
    ["a page without rows", { status: "loaded", pageIndex: 0, session }, "a page without a list of `rows`"],
    ["a page without a place", { status: "failed", session }, "a page whose `pageIndex` is no number"],
    [
      "profiles",
      loadedPage(session, 3, profilesOf(sent)),
      "a page that holds an EngageProfile, which normalizeProfiles() turns into a row",
    ],
    ["a copy of a row", loadedPage(session, 3, [row, { ...row }]), "a page that holds an object"],
    ["a page in a page", loadedPage(session, 3, [loadedPage(session, 3, [])]), "a page that holds an object"],
  ])("refuses what is not a page of rows, and says what came: %s", (_, value, what) => {
    expect(() => checkPage(value)).toThrow(new TypeError(`Cannot take what the stream brought, ${what}: ${wanted}`));
  });

  it("refuses rows of another copy of the package in words", async () => {
    const other = await otherCopy();
    expect(() => checkPage(loadedPage(session, 0, [other.row]))).toThrow("a ProfileRow of another copy of the package");
  });
});

describe("checkProfiles", () => {
  it("takes pages of profiles", () => {
    expect(() => checkProfiles(loadedPage(session, 0, profilesOf(sent)))).not.toThrow();
    expect(() => checkProfiles(failedPage(session, 1))).not.toThrow();
  });

  it("refuses rows, and profiles of another copy of the package", async () => {
    expect(() => checkProfiles(loadedPage(session, 0, [row]))).toThrow(
      new TypeError(
        "Cannot take what the stream brought, a page that holds a ProfileRow: pages of profiles belong there, as profilePages() of this copy of engage-export reads them",
      ),
    );
    const other = await otherCopy();
    expect(() => checkProfiles(loadedPage(session, 0, [other.profile]))).toThrow(
      "an EngageProfile of another copy of the package",
    );
  });
});
