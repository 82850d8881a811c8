import type { OnWarning } from "../../engage-warning.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import type { ChangeCounts, UpdateBases } from "../../export/update-base.ts";

const DAY = 24 * 60 * 60 * 1000;
/** After so long a table holds too much that an update does not see. */
const OLD = 30 * DAY;

/** Puts what an update has changed into the result, and warns if all profiles were last fetched long ago. */
export function tellChanges(
  tally: ExportTally,
  bases: UpdateBases | undefined,
  counts: ChangeCounts | undefined,
  onWarning: OnWarning,
): void {
  if (bases === undefined) return;
  const { session, counts: written } = tally;
  // An update that makes the table finds nothing there.
  const changes = counts ?? { newProfiles: written.totalRows, changedProfiles: 0, unchangedProfiles: 0 };
  const lastFullExport = session && bases.lastFullExport(session);
  tally.changes = { ...changes, lastFullExport };
  const age = Date.parse(session?.answeredAt ?? "") - (lastFullExport?.getTime() ?? 0);
  if (lastFullExport === undefined || !(age > OLD)) return;
  onWarning({
    code: "old-full-export",
    message: `All profiles were last fetched ${Math.floor(age / DAY)} days ago, and an update does not see deleted or merged profiles; export with mode \`replace\``,
  });
}
