import { EngageError } from "../../engage-error.ts";
import { accountOptions } from "../arguments/account-options.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import type { ExportArguments } from "../arguments/export-options.ts";
import type { OptionDef } from "../arguments/option-def.ts";
import type { CommandIO } from "../command-io.ts";
import { cleanSetting } from "./clean-setting.ts";
import { readSecret } from "./read-secret.ts";

/** A setting of the account, and what the user calls the place that it came from: `--region` or `MP_REGION`. */
export interface Setting {
  readonly value: string;
  readonly name: string;
}

/** Settings by the library's names for them. */
export type Settings = ReadonlyMap<string, Setting>;

/**
 * Whose profiles are exported, from flags and the environment; a flag beats the environment.
 *
 * @throws {EngageError} `usage`
 */
export async function readSettings(given: ExportArguments, io: CommandIO): Promise<Settings> {
  const settings = new Map<string, Setting>();
  for (const [name, def] of Object.entries(accountOptions)) {
    const setting =
      (await fromFlag(name as keyof typeof accountOptions, given, io)) ?? fromVariable(def.variable, io.env);
    if (setting !== undefined) settings.set(def.option, setting);
  }
  io.stderr.hide(settings.get("secret")?.value);
  const missing = NEEDED.filter(({ option }) => !settings.has(option));
  if (missing.length > 0) throw missingAccount(settings);
  return settings;
}

async function fromFlag(
  name: keyof typeof accountOptions,
  given: ExportArguments,
  io: CommandIO,
): Promise<Setting | undefined> {
  const text = given[name];
  if (text === undefined) return undefined;
  const value = name === "secret-file" ? await readSecret(text, io) : text.trim();
  if (value === "") throw new ArgumentsError(`The value of --${name} is empty`);
  return { value, name: `--${name}` };
}

function fromVariable(name: string, env: CommandIO["env"]): Setting | undefined {
  const value = cleanSetting(env[name]);
  return value === undefined ? undefined : { value, name };
}

const NEEDED = [
  { label: "project id", flag: "--project-id ID", ...accountOptions["project-id"] },
  { label: "username", flag: "--username NAME", ...accountOptions.username },
  { label: "secret", flag: "--secret-file FILE", ...accountOptions["secret-file"] },
] satisfies readonly (OptionDef & { readonly label: string; readonly flag: string })[];

function missingAccount(settings: Settings): EngageError {
  const lines = NEEDED.map(({ label, flag, variable, option }) => {
    const mark = settings.has(option) ? "given" : "missing";
    return `  ${label.padEnd(10)}  ${mark.padEnd(7)}  ${flag.padEnd(18)}  or ${variable}`;
  });
  return new EngageError(
    "usage",
    [
      "Cannot query profiles without a project and the username and secret of a service account",
      ...lines,
      "Mixpanel shows them in the project settings, under Overview and Service Accounts",
    ].join("\n"),
  );
}
