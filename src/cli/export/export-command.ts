import { EngageError, isEngageError } from "../../engage-error.ts";
import type { ProfilePagesOptions } from "../../index.ts";
import { updatableQuery } from "../../source/updatable-query.ts";
import { readSettings } from "../accounts/settings.ts";
import { askOptions } from "../arguments/ask-options.ts";
import { type ExportArguments, exportOptions } from "../arguments/export-options.ts";
import { inFlags } from "../arguments/in-flags.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { cohortName, resolveCohort, SOME_COHORT } from "../cohorts/resolve-cohort.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { OutputPlan } from "../output/formats.ts";
import { type OpenOutput, openOutput } from "../output/open-output.ts";
import { outputPlan } from "../output/output-plan.ts";
import { levelOf, Messages } from "../terminal/messages.ts";
import { askedByUpdate, dryRun } from "./dry-run.ts";
import { propertyRules } from "./property-rules.ts";
import { planRejects, RejectsFile, type RejectsPlan } from "./rejects-file.ts";
import { reportFinished } from "./report-finished.ts";
import { ReportedExport } from "./reported-export.ts";

/**
 * Exports, or counts for `--dry-run`, and returns the exit code.
 *
 * @throws {EngageError} if nothing was exported
 */
export async function exportCommand(args: readonly string[], io: CommandIO): Promise<ExitCode> {
  const given = parseArguments(args, exportOptions);
  if (given.version) return printVersion(io);
  const messages = new Messages(io.stderr, levelOf(given));
  const { transforms, shape } = propertyRules(given, io.env);
  const plan = { ...outputPlan(given, io.cwd), shape, keepsInvalid: given.rejects !== undefined };
  const settings = await readSettings(given, io, messages);
  const asked = askOptions(given, settings, io, messages);
  try {
    // Refuses what cannot be asked before a file is made for the answer.
    if (plan.update !== undefined) checkUpdate(asked, given);
    const options = await resolveCohort(asked, cohortName(given), messages);
    const rejectsPlan = await planRejects(given, io.cwd);
    if (given["dry-run"]) {
      const open = () => opened({ ...plan, resume: false }, io, messages);
      const query = plan.update === undefined ? options : await askedByUpdate(options, plan, open, messages);
      await print(io.stdout, `${JSON.stringify(await dryRun(query))}\n`);
      return EXIT.complete;
    }
    const output = await opened(plan, io, messages);
    if (output.sink.finished !== undefined) return await reportFinished(options, output, io, messages);
    const rejects = await openRejects(rejectsPlan, output);
    if (rejects !== undefined) output.keepInvalid?.(rejects.take);
    const progress = showsProgress(given, plan, io)
      ? new (await import("../terminal/progress.ts")).Progress(io.stderr, output.sink.checkpoint)
      : undefined;
    try {
      return await new ReportedExport(io, output, messages, { progress, rejects }).run({ ...options, transforms });
    } finally {
      await rejects?.close();
    }
  } catch (error) {
    throw inFlags(error, { defs: exportOptions, given, settings });
  }
}

/** A cohort may be named, and not be looked up yet. */
function checkUpdate(asked: ProfilePagesOptions, { cohort }: ExportArguments): void {
  updatableQuery(cohort === undefined ? asked : ({ ...asked, cohortId: SOME_COHORT } as ProfilePagesOptions));
}

/** Whatever keeps an output from being opened is the user's to mend: nothing was requested. */
function opened(plan: OutputPlan, io: CommandIO, messages: Messages): Promise<OpenOutput> {
  return openOutput(plan, io, messages).catch((error) => {
    throw isEngageError(error) ? new EngageError("usage", error.message, { ...error, cause: error }) : error;
  });
}

async function openRejects(plan: RejectsPlan | undefined, { sink }: OpenOutput): Promise<RejectsFile | undefined> {
  try {
    return plan && (await RejectsFile.open(plan, sink.checkpoint !== undefined));
  } catch (error) {
    // Nothing was written, and nothing stays.
    await sink.abort(error).catch(() => {});
    throw error;
  }
}

async function printVersion(io: CommandIO): Promise<ExitCode> {
  const { version } = await import("../../../package.json");
  await print(io.stdout, `${version}\n`);
  return EXIT.complete;
}

/** A bar would stand in the middle of data that goes to the same terminal. */
function showsProgress(given: ExportArguments, plan: OutputPlan, { stdout, stderr }: CommandIO): boolean {
  const isInTheWay = plan.path === undefined && stdout.isTTY === true;
  return given.progress ?? (stderr.isTTY && !given.quiet && !isInTheWay);
}
