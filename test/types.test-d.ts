// What the compiler must refuse, and what it must infer. Checked by `tsc`; nothing here runs.
import { expectTypeOf } from "vitest";
import type { ExportResult } from "../src/export/export-result.ts";
import {
  type EngageProfile,
  exportProfiles,
  ndjson,
  ndjsonSink,
  normalizeProfiles,
  type PageResult,
  type ProfileRow,
  profilePages,
  profileRow,
} from "../src/index.ts";

const projectId = 1;
const serviceAccount = { username: "reader", secret: "hush" };
const account = { projectId, serviceAccount };
declare const bytes: WritableStream<Uint8Array>;
declare const row: ProfileRow;
declare const profile: EngageProfile;

expectTypeOf(profilePages(account)).toEqualTypeOf<ReadableStream<PageResult<EngageProfile>>>();
expectTypeOf(profilePages(account).pipeThrough(normalizeProfiles())).toEqualTypeOf<
  ReadableStream<PageResult<ProfileRow>>
>();
expectTypeOf(profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(ndjson())).toEqualTypeOf<
  ReadableStream<Uint8Array<ArrayBuffer>>
>();
expectTypeOf(profilePages(account).pipeThrough(normalizeProfiles()).pipeTo(ndjsonSink(bytes))).resolves.toBeVoid();
expectTypeOf(exportProfiles({ ...account, sink: ndjsonSink(bytes) })).resolves.toEqualTypeOf<ExportResult>();
expectTypeOf(row.distinctId).toEqualTypeOf<string | null>();

// @ts-expect-error rows, not raw profiles, go into a sink
profilePages(account).pipeTo(ndjsonSink(bytes));
// @ts-expect-error a line is made of a row
profilePages(account).pipeThrough(ndjson());
// @ts-expect-error no account
profilePages({ projectId });
// @ts-expect-error no project
profilePages({ serviceAccount });
// @ts-expect-error half an account
profilePages({ projectId, serviceAccount: { username: "reader" } });
// @ts-expect-error a cohort excludes behaviors
profilePages({ ...account, cohortId: 1, behaviors: "[]" });
// @ts-expect-error behaviors exclude what only a cohort has
profilePages({ ...account, behaviors: "[]", includeAllUsers: true });
// @ts-expect-error one id excludes several
profilePages({ ...account, distinctId: "a", distinctIds: ["b"] });
// @ts-expect-error a group id has too many digits for a number
profilePages({ ...account, groupId: 14051238 });
// @ts-expect-error there is no such region
profilePages({ ...account, region: "uk" });
// @ts-expect-error an export goes somewhere
exportProfiles(account);
// @ts-expect-error a copy is no row: build one with profileRow()
const copied: ProfileRow = { ...row };
// @ts-expect-error nor is a copied profile one
const copiedProfile: EngageProfile = { ...profile };
// @ts-expect-error rows do not change
row.properties.plan = "pro";
// @ts-expect-error an id is text
profileRow({ distinctId: 4, lastSeen: null, properties: {} });

profilePages({ ...account, cohortId: 1, includeAllUsers: true });
profilePages({
  ...account,
  onInvalidProfile: async ({ pageIndex, bytes, distinctId }) => void [pageIndex, bytes, distinctId],
});
profilePages({ ...account, behaviors: [{ event: "Sign Up" }], where: 'behaviors["a"] > 1', asOfTimestamp: 0 });

export { copied, copiedProfile };
