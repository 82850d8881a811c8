import type { Settings } from "../accounts/setting.ts";
import type { DryRun } from "../export/dry-run.ts";
import { duration } from "../terminal/progress-line.ts";

/** What a check found out. Its members are what the command prints in a pipe. */
export interface CheckReport extends DryRun {
  /** Of the account file. */
  readonly account: string | null;
  readonly username: string | null;
  readonly project_id: string;
  readonly workspace_id: string | null;
  readonly host: string;
  /** Without its credentials. */
  readonly proxy: string | null;
  /** Whether Mixpanel takes these credentials for this project; null when it did not say. */
  readonly accepted: boolean | null;
  /** Other regions that take them, for `--all-regions`. */
  readonly accepted_in: readonly string[];
  /** How long an export would take. */
  readonly estimated_seconds: number | null;
}

/** The report for a person, as aligned lines. */
export function reportText(report: CheckReport, settings: Settings): string {
  const { account, username, accepted, proxy } = report;
  const who = username === null ? `a token from ${settings.get("bearer")?.name}` : `service account ${username}`;
  const lines = [
    ["account", account === null ? who : `${account}, ${who}`],
    ["project", report.project_id + (report.workspace_id === null ? "" : `, workspace ${report.workspace_id}`)],
    ["host", report.host],
    ["proxy", proxy ?? "none"],
    ["accepted", accepted === null ? "unknown" : accepted ? "yes" : "no"],
    ...(accepted ? [["profiles", profilesText(report)]] : []),
    ...(report.estimated_seconds === null ? [] : [["export", `about ${duration(report.estimated_seconds)}`]]),
  ];
  return `${lines.map(([label = "", text]) => `${label.padEnd(10)}${text}`).join("\n")}\n`;
}

function profilesText({ reported_total: total, page_size: size, total_pages: pages }: CheckReport): string {
  if (total === null || pages === null) return "unknown, Mixpanel did not say how many";
  const figure = (value: number) => value.toLocaleString("en-US");
  const of = size === null ? "" : ` of ${figure(size)}`;
  return `${figure(total)}, in ${figure(pages)} ${pages === 1 ? "page" : "pages"}${of}`;
}
