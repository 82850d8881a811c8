import { EngageError } from "../../engage-error.ts";
import { accountOptions } from "../arguments/account-options.ts";
import type { CommandIO } from "../command-io.ts";
import type { AccountFile } from "./account-file.ts";
import { cleanSetting } from "./clean-setting.ts";
import type { Settings } from "./setting.ts";

const NEEDED = [
  ["project id", "project-id"],
  ["username", "username"],
  ["secret", "secret-file"],
] as const;

/** The error of settings that are not enough: all that is needed, what of it is there, and where it may come from. */
export function missingSettings(
  given: { readonly username?: string; readonly "secret-file"?: string },
  env: CommandIO["env"],
  settings: Settings,
  file?: AccountFile,
): EngageError {
  const lines = NEEDED.map(([label, flag]) => {
    const { option, variable, valueHint } = accountOptions[flag];
    const half = flag === "project-id" ? undefined : given[flag];
    const isGiven = settings.has(option) || (half ?? cleanSetting(env[variable])) !== undefined;
    return `  ${label.padEnd(10)}  ${isGiven ? "given  " : "missing"}  ${`--${flag} ${valueHint}`.padEnd(18)}  or ${variable}`;
  });
  const names = [...(file?.accounts.keys() ?? [])];
  const known = names.length === 0 ? "" : `; ${file?.path} has ${names.join(", ")}`;
  return new EngageError(
    "usage",
    [
      "Cannot query profiles without a project and the username and secret of a service account",
      ...lines,
      "Mixpanel shows them in the project settings, under Overview and Service Accounts",
      "A token in MP_OAUTH_TOKEN stands for username and secret",
      `An account of Mixpanel's own command holds all of it: --account NAME, or MP_ACCOUNT${known}`,
    ].join("\n"),
  );
}
