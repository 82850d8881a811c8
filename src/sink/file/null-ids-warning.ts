import type { OnWarning } from "../../engage-warning.ts";
import type { ExportTally } from "../../export/export-tally.ts";

/** Tells of lines whose `distinct_id` is null. */
export function warnOfNullIds({ counts }: ExportTally, onWarning: OnWarning): void {
  const count = counts.profilesWithoutId;
  if (count === 0) return;
  const profiles = count === 1 ? "1 profile has" : `${count.toLocaleString("en-US")} profiles have`;
  onWarning({ code: "profiles-without-id", message: `${profiles} no id; distinct_id is null there` });
}
