import { describe, expect, test } from "vitest";
import type { Settings } from "../../../src/cli/accounts/setting.ts";
import { ArgumentsError } from "../../../src/cli/arguments/arguments-error.ts";
import { type ExportArguments, exportOptions } from "../../../src/cli/arguments/export-options.ts";
import { inFlags } from "../../../src/cli/arguments/in-flags.ts";
import { EngageError } from "../../../src/engage-error.ts";
import { optionChecks } from "../../../src/option.ts";
import { errorOf } from "../../helpers/error-of.ts";

const KNOWN = { defs: exportOptions };
const check = optionChecks("fetch pages");

/** How the command says that `refuse` fails. */
function said(refuse: () => unknown, given: ExportArguments = {}, settings?: Settings): unknown {
  const error = inFlags(errorOf(refuse), { defs: exportOptions, given, ...(settings && { settings }) });
  return error instanceof Error ? error.message : error;
}

describe("inFlags", () => {
  test("names the flag, and shows what was given", () => {
    expect(said(() => check.refuse("cohortId", "must be a positive whole number", "abc"), { cohort: "abc" })).toBe(
      "Cannot fetch pages, --cohort must be a positive whole number: abc",
    );
    expect(said(() => check.refuse("includeAllUsers", "needs `cohortId`"))).toBe(
      "Cannot fetch pages, --include-all-users needs --cohort",
    );
  });

  test("says milliseconds as seconds, with every figure", () => {
    const range = { from: 1_000, to: 500_000, unit: "milliseconds" };
    expect(said(() => check.whole("timeout", 500, range), { timeout: "0.5" })).toBe(
      "Cannot fetch pages, --timeout must be a number of seconds from 1 to 500: 0.5",
    );
    expect(said(() => check.whole("maxWait", -1, { unit: "milliseconds" }), { "max-wait": "-0.001" })).toBe(
      "Cannot fetch pages, --max-wait must be a number of seconds, 0 or more: -0.001",
    );
  });

  test("leaves the figures of other options as they are", () => {
    expect(said(() => check.whole("pageSize", 50_000, { from: 1, to: 40_000 }), { "page-size": "50000" })).toBe(
      "Cannot fetch pages, --page-size must be a whole number from 1 to 40,000: 50000",
    );
  });

  test("names the variable that a value came from", () => {
    const settings = new Map([["region", { value: "uk", name: "MP_REGION" }]]);
    expect(said(() => check.oneOf("region", "uk", ["us", "eu", "in"]), {}, settings)).toBe(
      "Cannot fetch pages, MP_REGION must be one of us, eu, in: uk",
    );
  });

  test.each([
    ["start over by mode `replace`: a.db", "start over by --replace: a.db"],
    ["append, replace, or choose another name: t", "use --append or --replace, or choose another name: t"],
    ["replace it, or choose another name: a.csv", "use --replace, or choose another name: a.csv"],
    [
      "resume its export, replace it, or choose another name: a.csv",
      "use --resume, --replace, or choose another name: a.csv",
    ],
    ["choose another table, or replace it: t", "choose another table, or use --replace: t"],
    ["only that may replace it: t", "only that may replace it: t"],
  ])("says modes as flags: %s", (message, inWords) => {
    const error = new EngageError("table-not-found", `Cannot append, ${message}`);
    expect(inFlags(error, KNOWN)).toMatchObject({
      code: "table-not-found",
      message: `Cannot append, ${inWords}`,
    });
  });

  test("says the query of a checkpoint as the flags that ask for it", () => {
    const query = {
      host: "https://eu.mixpanel.com",
      projectId: "7",
      where: `a == "it's"`,
      cohortId: 5,
      includeAllUsers: true,
      outputProperties: ["$email"],
    };
    const error = new EngageError("checkpoint-mismatch", `Cannot resume, start over: ${JSON.stringify(query)}`);
    expect(inFlags(error, KNOWN)).toMatchObject({
      message:
        "Cannot resume, start over: --base-url https://eu.mixpanel.com --project-id 7 " +
        `--where 'a == "it'\\''s"' --cohort 5 --include-all-users --output-properties '["$email"]'`,
    });
  });

  test("leaves alone what the user or the data says", () => {
    const error = new EngageError("usage", "Cannot export there, it is a directory: `timeout` mode `append`");
    expect(inFlags(error, KNOWN)).toBe(error);
    const column = new EngageError("table-mismatch", "Cannot append, it has no column `last_seen`: profiles");
    expect(inFlags(column, KNOWN)).toBe(column);
  });

  test("keeps what it cannot say better", () => {
    const other = new TypeError("`timeout`");
    expect(inFlags(other, KNOWN)).toBe(other);
    const own = new ArgumentsError("--limit must be a whole number: x");
    expect(inFlags(own, KNOWN)).toBe(own);
  });
});
