import { accountOptions } from "../arguments/account-options.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import type { Arguments, OptionDef, OptionDefs } from "../arguments/option-def.ts";
import { checkChoice } from "../arguments/option-values.ts";
import type { CommandIO } from "../command-io.ts";
import type { Messages } from "../terminal/messages.ts";
import { type Account, type AccountFile, accountPath, findAccount, readAccountFile } from "./account-file.ts";
import { cleanSetting } from "./clean-setting.ts";
import { credentialsOfAccount, credentialsOfEnvironment, credentialsOfFlags } from "./credentials.ts";
import { missingSettings } from "./missing-settings.ts";
import { isComplete, type Setting, type Settings } from "./setting.ts";

export type AccountArguments = Arguments<typeof accountOptions>;

/** A place that settings come from. */
interface Source {
  readonly values: Settings;
  /** Asked when no place before it has any: username and secret, or a token, are one value. */
  readonly credentials: () => Settings | undefined;
}

const { account: _, username: __, "secret-file": ___, ...valueOptions } = accountOptions;
const VALUES: OptionDefs = valueOptions;

/**
 * Whose profiles are exported. Each value comes from a flag, else from the account that `--account` names, else from the
 * environment, else from the account that MP_ACCOUNT names or, when none is named, from the active one.
 *
 * @throws {EngageError} `usage`, or `unauthorized` for an account whose token must be fetched first
 */
export async function readSettings(given: AccountArguments, io: CommandIO, messages: Messages): Promise<Settings> {
  const { env } = io;
  const byFlag = accountFlag(given);
  const byVariable = cleanSetting(env.MP_ACCOUNT);
  const ofFlags = await credentialsOfFlags(given, io);
  const flags: Source = { values: flagValues(given), credentials: () => ofFlags };
  const environment: Source = { values: variableValues(env), credentials: () => credentialsOfEnvironment(env) };
  const unfiled = merged([flags, environment]);
  const isHalf = ofFlags === undefined && (given.username ?? given["secret-file"]) !== undefined;
  if (isHalf) throw missingSettings(given, env, unfiled);
  if (byFlag === undefined && byVariable === undefined && isComplete(unfiled)) {
    checkChoices(hidden(unfiled, io));
    return unfiled;
  }

  const file = await readAccountFile(io);
  const name = byFlag ?? byVariable ?? file?.active;
  const account = name === undefined ? undefined : findAccount(file, name, accountPath(io));
  const filed = account === undefined ? [] : [accountSource(account, env)];
  const settings = withWorkspace(
    merged(byFlag === undefined ? [flags, environment, ...filed] : [flags, ...filed, environment]),
    file,
  );
  hidden(settings, io);
  if (!isComplete(settings)) throw missingSettings(given, env, settings, file);
  checkChoices(settings);
  if (file?.isOpen) {
    messages.warning(`The account file holds secrets and others can read it; close it with chmod 600: ${file.path}`);
  }
  if (byFlag === undefined && settings.has("account")) warnOfHalf(env, messages);
  if ([...settings.values()].some(({ isFiled }) => isFiled)) messages.note(accountLine(settings));
  return settings;
}

/** Whose profiles come, in one line. */
function accountLine(settings: Settings): string {
  const value = (option: string) => settings.get(option)?.value;
  const place = value("baseUrl") ?? `region ${value("region") ?? accountOptions.region.default}`;
  return `account ${value("account") ?? value("username") ?? "of a token"}, project ${value("projectId")}, ${place}`;
}

/** Half of the credentials in the environment gives way to those of an account. */
function warnOfHalf(env: CommandIO["env"], messages: Messages): void {
  const set = ["MP_USERNAME", "MP_SECRET"].filter((name) => cleanSetting(env[name]) !== undefined);
  if (set.length === 1) messages.warning(`${set[0]} alone says too little, the account's own credentials are used`);
}

function hidden(settings: Settings, { stderr }: CommandIO): Settings {
  for (const option of ["secret", "bearer"]) stderr.hide(settings.get(option)?.value);
  return settings;
}

function checkChoices(settings: Settings): void {
  for (const { option = "", choices } of Object.values(VALUES)) {
    const setting = settings.get(option);
    if (choices && setting) checkChoice(setting.name, choices, setting.value);
  }
}

function merged(sources: readonly Source[]): Settings {
  let credentials: Settings | undefined;
  for (const source of sources) credentials ??= source.credentials();
  return new Map([...sources.toReversed().flatMap(({ values }) => [...values]), ...(credentials ?? [])]);
}

/** The active workspace belongs to the active account's project, and to no other. */
function withWorkspace(settings: Settings, file: AccountFile | undefined): Settings {
  const { workspaceId, active = "" } = file ?? {};
  const project = settings.get("projectId");
  if (workspaceId === undefined || settings.has("workspaceId") || !project?.isFiled) return settings;
  const activeAccount = file?.accounts.get(active);
  if (activeAccount && accountValues(activeAccount).get("projectId")?.value !== project.value) return settings;
  return new Map([
    ...settings,
    ["workspaceId", { value: workspaceId, name: "workspace of the active account", isFiled: true }],
  ]);
}

function accountFlag(given: AccountArguments): string | undefined {
  if (given.account === undefined) return undefined;
  for (const flag of ["username", "secret-file"] as const) {
    if (given[flag] !== undefined) throw new ArgumentsError(`--account and --${flag} exclude each other`);
  }
  return given.account.trim();
}

function flagValues(given: AccountArguments): Settings {
  return valuesOf((flag) => {
    const text = given[flag as keyof AccountArguments];
    if (text?.trim() === "") throw new ArgumentsError(`The value of --${flag} is empty`);
    return text && { value: text.trim(), name: `--${flag}` };
  });
}

function variableValues(env: CommandIO["env"]): Settings {
  return valuesOf((__, { variable = "" }) => {
    const value = cleanSetting(env[variable]);
    return value && { value, name: variable };
  });
}

function accountSource(account: Account, env: CommandIO["env"]): Source {
  return { values: accountValues(account), credentials: () => credentialsOfAccount(account, env) };
}

function accountValues({ name, members }: Account): Settings {
  return valuesOf((__, { members: names = [] }) => {
    const member = names.find((each) => members.has(each)) ?? "";
    const value = members.get(member);
    return value && { value, name: `${member} of account ${name}`, isFiled: true };
  });
}

function valuesOf(read: (flag: string, def: OptionDef) => Setting | "" | undefined): Settings {
  const settings = new Map<string, Setting>();
  for (const [flag, def] of Object.entries(VALUES)) {
    const setting = read(flag, def);
    if (setting && def.option) settings.set(def.option, setting);
  }
  return settings;
}
