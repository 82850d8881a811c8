import { isEngageError } from "../../engage-error.ts";
import type { EngageWarning } from "../../engage-warning.ts";
import { type ExportProfilesOptions, exportProfiles, type PageProgress } from "../../export/export-profiles.ts";
import type { ExportResult } from "../../export/export-result.ts";
import { failedPagesText } from "../../export/export-result.ts";
import type { ProfilePagesOptions } from "../../index.ts";
import { exportOptions } from "../arguments/export-options.ts";
import { inFlags, textInFlags } from "../arguments/in-flags.ts";
import { shellQuoted } from "../arguments/shell-quoted.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode, exitCode } from "../exit-code.ts";
import type { OpenOutput } from "../output/open-output.ts";
import { withoutPassword } from "../output/without-password.ts";
import type { Messages } from "../terminal/messages.ts";
import type { Progress } from "../terminal/progress.ts";
import type { RejectsFile } from "./rejects-file.ts";

const REJECTS_HINT = "--rejects FILE keeps the invalid profiles, and an export that kept them is complete";

const NOT_SEEN =
  "An update does not see profiles that were deleted or merged, edits in Mixpanel's own pages, or changes sent with $ignore_time; --replace fetches all profiles";
const SPENT = "every page was read, so resuming cannot help; export again";

/** One export into an open output, from the first request to the exit code. */
export class ReportedExport {
  readonly #io: CommandIO;
  readonly #output: OpenOutput;
  readonly #messages: Messages;
  readonly #progress: Progress | undefined;
  readonly #rejects: RejectsFile | undefined;
  #difference: string | undefined;
  #firstFailure: string | undefined;

  constructor(
    io: CommandIO,
    output: OpenOutput,
    messages: Messages,
    { progress, rejects }: { readonly progress?: Progress | undefined; readonly rejects?: RejectsFile | undefined },
  ) {
    this.#io = io;
    this.#output = output;
    this.#messages = messages;
    this.#progress = progress;
    this.#rejects = rejects;
  }

  async run(options: ProfilePagesOptions & Pick<ExportProfilesOptions, "transforms">): Promise<ExitCode> {
    const { sink } = this.#output;
    const ended = await exportProfiles({
      ...options,
      sink,
      onInvalidProfile: this.#rejects?.take,
      onPage: (page) => this.#page(page),
      onWarning: (warning) => this.#warning(warning),
    }).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    this.#progress?.stop();
    return "result" in ended ? this.#finished(ended.result) : this.#failed(ended.error, sink.soFar());
  }

  #page(page: PageProgress): void {
    this.#progress?.page(page);
    const failure = page.error && messageOf(inFlags(page.error, { defs: exportOptions }));
    this.#firstFailure ??= failure;
    const what = failure === undefined ? `${page.rows} profiles` : `failed, ${failure}`;
    this.#messages.detail(`page ${page.pageIndex}: ${what}`);
  }

  #warning({ code, message, until }: EngageWarning): void {
    if (code === "waiting" && until !== undefined) this.#progress?.wait(until);
    if (code === "session-restarted") {
      this.#progress?.restart();
      this.#rejects?.restart();
    }
    // Whether it is a warning or an error shows at the end.
    if (code === "difference") this.#difference = message;
    else if (code === "full-export") this.#messages.note(message);
    else if (code === "pace") this.#messages.detail(message);
    else this.#messages.warning(textInFlags(message, exportOptions));
  }

  async #finished(result: ExportResult): Promise<ExitCode> {
    if (result.complete && this.#difference !== undefined) this.#messages.warning(this.#difference);
    this.#messages.summary(summary(result, this.#output.destination));
    if (!result.complete) {
      const lines = [
        this.#difference,
        result.hasFailures ? failedPagesText(result.failedPageIndices, this.#firstFailure) : undefined,
        result.invalidProfiles > 0 && this.#rejects === undefined ? REJECTS_HINT : undefined,
        result.sessionDoubt,
        !result.hasFailures && this.#output.resumable ? SPENT : undefined,
      ];
      this.#error(lines, result.hasFailures);
    }
    await this.#printResult(result);
    return result.complete ? EXIT.complete : EXIT.failed;
  }

  async #failed(error: unknown, counted: ExportResult): Promise<ExitCode> {
    if (this.#output.readerLeft?.()) return EXIT.complete;
    const { aborted } = this.#io.signals;
    const code = aborted ? EXIT.interrupted : exitCode(error);
    const result = (isEngageError(error) && error.result) || counted;
    const canResume = code !== EXIT.usage && result.successfulPages + result.failedPages > 0;
    this.#error([aborted ? interrupted(result) : messageOf(inFlags(error, { defs: exportOptions }))], canResume);
    if (code !== EXIT.usage && code !== EXIT.account) await this.#printResult(result, false);
    return code;
  }

  #error(lines: readonly (string | undefined)[], canResume: boolean): void {
    const resume = canResume && this.#output.resumable ? `go on with: ${resumeCommand(this.#io.args)}` : undefined;
    this.#messages.error([...lines, resume].filter((line) => line !== undefined).join("\n"));
  }

  async #printResult(result: ExportResult, complete = result.complete): Promise<void> {
    if (!this.#output.holdsStdout)
      await print(this.#io.stdout, `${JSON.stringify({ ...result.toJSON(), complete })}\n`);
  }
}

function summary(result: ExportResult, destination: string): string {
  const { written, successfulPages, durationSeconds } = result;
  const all = `${counted(written, "profile")} in ${counted(successfulPages, "page")} written to ${destination}, in ${durationSeconds.toFixed(1)} s`;
  return result.newProfiles === null ? all : `${all}: ${updateSummary(result)}`;
}

/** What an update has changed, and what it cannot have seen. */
function updateSummary({ since, newProfiles, changedProfiles, unchangedProfiles }: ExportResult): string {
  const [isNew, changed, unchanged] = [newProfiles, changedProfiles, unchangedProfiles].map((count) =>
    (count ?? 0).toLocaleString("en-US"),
  );
  const counts = `${isNew} new, ${changed} changed, ${unchanged} unchanged`;
  if (since === null) return counts;
  const time = `${since.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `${counts}, of those updated since ${time}\n${NOT_SEEN}`;
}

function interrupted(result: ExportResult): string {
  if (result.successfulPages === 0) return "interrupted";
  return `interrupted after ${counted(result.written, "profile")} in ${counted(result.successfulPages, "page")}`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The command that takes up an interrupted export, ready for a shell and without a password. */
export function resumeCommand(args: readonly string[]): string {
  const words = args.includes("--resume") ? args : ["--resume", ...args];
  return ["engage-export", ...words.map(withoutPassword)].map(shellQuoted).join(" ");
}
