import { clock } from "../../clock.ts";
import { type EngageError, isEngageError } from "../../engage-error.ts";
import type { ProfilePagesOptions, Region } from "../../index.ts";
import { optionChecks } from "../../option.ts";
import { engageAddress } from "../../source/query/engage-address.ts";
import type { Settings } from "../accounts/setting.ts";
import { readSettings } from "../accounts/settings.ts";
import { accountOptions } from "../arguments/account-options.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import { askOptions } from "../arguments/ask-options.ts";
import { inFlags } from "../arguments/in-flags.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { cohortName, resolveCohort } from "../cohorts/resolve-cohort.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode, exitCode } from "../exit-code.ts";
import { type DryRun, dryRun } from "../export/dry-run.ts";
import { proxyFor } from "../network/http-proxy.ts";
import { levelOf, Messages } from "../terminal/messages.ts";
import { checkOptions } from "./check-options.ts";
import { type CheckReport, reportText } from "./check-report.ts";
import { mends } from "./mends.ts";

// Most answers come within a second; page 0 of a large project may take minutes.
const PATIENCE = 10_000;
const WORKERS = Number(checkOptions.workers.default);
const RETRIES = Number(checkOptions["max-retries"].default);
const REGIONS = accountOptions.region.choices;

/** What one query told. */
interface Answer {
  readonly counts?: DryRun;
  readonly seconds?: number;
  readonly error?: EngageError;
}

/**
 * Says whether an export would work, by one query: the report on stdout, as JSON off a terminal, and what to do about a
 * refusal on stderr. The exit code is that of the export.
 *
 * @throws {EngageError} `usage`, when nothing was asked
 */
export async function check(args: readonly string[], io: CommandIO): Promise<ExitCode> {
  const given = parseArguments(args, checkOptions);
  const messages = new Messages(io.stderr, levelOf(given));
  const settings = await readSettings(given, io, messages);
  const baseUrl = settings.get("baseUrl");
  if (given["all-regions"] && baseUrl !== undefined) {
    throw new ArgumentsError(`--all-regions and ${baseUrl.name} exclude each other`);
  }
  const asked = { maxRetries: RETRIES, ...askOptions(given, settings, io, messages) };
  const options = await resolveCohort(asked, cohortName(given), messages).catch((error) => {
    throw inFlags(error, { defs: checkOptions, given, settings });
  });
  const { host } = engageAddress(options, optionChecks("reach Mixpanel"));
  messages.note(`one query goes to ${host}; Mixpanel counts it toward the 60 of an hour`);
  const answer = await ask(options, messages);
  const asksOthers = given["all-regions"] === true && answer.error?.code === "unauthorized";
  const others = asksOthers ? await askOthers(options, messages) : [];
  const report = reportOf(answer, { settings, host, proxy: proxyFor(new URL(host), io.env)?.shown, options, others });
  await print(
    io.stdout,
    io.stdout.isTTY ? io.stderr.shown(reportText(report, settings)) : `${JSON.stringify(report)}\n`,
  );
  if (answer.error === undefined) return EXIT.complete;
  const lines = mends(answer.error.code, settings, report.proxy ?? undefined);
  messages.error([answer.error.message, ...othersMend(asksOthers, others), ...lines].join("\n"));
  return exitCode(answer.error);
}

async function ask(options: ProfilePagesOptions, messages: Messages): Promise<Answer> {
  const startedAt = clock.now();
  const note = () => messages.note("no answer yet: the first page of a large project may take minutes");
  const timer = setTimeout(note, PATIENCE);
  try {
    const counts = await dryRun(options);
    return { counts, seconds: (clock.now() - startedAt) / 1000 };
  } catch (error) {
    if (isEngageError(error)) return { error };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The other regions that take the credentials. */
async function askOthers(options: ProfilePagesOptions, messages: Messages): Promise<readonly Region[]> {
  const accepting: Region[] = [];
  for (const region of REGIONS.filter((each) => each !== (options.region ?? "us"))) {
    const { host } = engageAddress({ region }, optionChecks("reach Mixpanel"));
    messages.note(`another query goes to ${host}, which counts when it is accepted`);
    if ((await ask({ ...options, region }, messages)).counts !== undefined) accepting.push(region);
  }
  return accepting;
}

interface Asked {
  readonly settings: Settings;
  readonly host: string;
  readonly proxy: string | undefined;
  readonly options: ProfilePagesOptions;
  readonly others: readonly Region[];
}

function reportOf(answer: Answer, { settings, host, proxy, options, others }: Asked): CheckReport {
  const value = (option: string) => settings.get(option)?.value ?? null;
  const { counts = { reported_total: null, page_size: null, total_pages: null }, seconds, error } = answer;
  const isRefused = error !== undefined && exitCode(error) === EXIT.account;
  return {
    account: value("account"),
    username: value("username"),
    project_id: value("projectId") ?? "",
    workspace_id: value("workspaceId"),
    host,
    proxy: proxy ?? null,
    accepted: error === undefined ? true : isRefused ? false : null,
    accepted_in: others,
    ...counts,
    estimated_seconds: estimate(counts.total_pages, seconds, options.concurrency ?? WORKERS),
  };
}

/** As if every page took as long as the first one. */
function estimate(pages: number | null, seconds: number | undefined, workers: number): number | null {
  if (pages === null || seconds === undefined) return null;
  const rounds = Math.min(pages, 1) + Math.ceil(Math.max(0, pages - 1) / Math.min(workers, WORKERS));
  return Math.round(rounds * seconds * 10) / 10;
}

function othersMend(wereAsked: boolean, others: readonly Region[]): readonly string[] {
  if (!wereAsked) return [];
  if (others.length === 0) return ["none of the three regions accepts them: it is not the region"];
  return others.map((region) => `the region ${region} accepts them: use --region ${region}, or MP_REGION=${region}`);
}
