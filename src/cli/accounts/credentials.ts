import { EngageError } from "../../engage-error.ts";
import type { CommandIO } from "../command-io.ts";
import type { Account } from "./account-file.ts";
import { cleanSetting } from "./clean-setting.ts";
import { readSecret } from "./read-secret.ts";
import type { Setting, Settings } from "./setting.ts";

/**
 * The service account of the flags; what is missing of it comes from the environment. Undefined when it is not whole.
 *
 * @throws {EngageError} `usage`, for a secret that cannot be read
 */
export async function credentialsOfFlags(
  given: { readonly username?: string; readonly "secret-file"?: string },
  io: CommandIO,
): Promise<Settings | undefined> {
  const { username, "secret-file": file } = given;
  if (username === undefined && file === undefined) return undefined;
  return serviceAccount(
    username === undefined ? ofVariable("MP_USERNAME", io.env) : { value: username.trim(), name: "--username" },
    file === undefined ? ofVariable("MP_SECRET", io.env) : { value: await readSecret(file, io), name: "--secret-file" },
  );
}

/** Those of the environment. A service account beats a token, as it does for Mixpanel's own command. */
export function credentialsOfEnvironment(env: CommandIO["env"]): Settings | undefined {
  return serviceAccount(ofVariable("MP_USERNAME", env), ofVariable("MP_SECRET", env)) ?? token("MP_OAUTH_TOKEN", env);
}

/**
 * Those of an account of the account file.
 *
 * @throws {EngageError} `usage`, for one without its secret or token; `unauthorized`, for one whose token is elsewhere
 */
export function credentialsOfAccount(account: Account, env: CommandIO["env"]): Settings {
  const { name, members } = account;
  return new Map([["account", { value: name, name: "account", isFiled: true }], ...ofType(account, members, env)]);
}

function ofType(account: Account, members: Account["members"], env: CommandIO["env"]): Settings {
  const isToken = members.has("token") || members.has("token_env");
  const type = members.get("type") ?? (isToken ? "oauth_token" : "service_account");
  const variable = members.get("token_env");
  if (type === "service_account") {
    return new Map([needed("username", account), needed("secret", account)]);
  }
  if (type === "oauth_browser") return token("MP_OAUTH_TOKEN", env) ?? askForToken(account);
  if (type !== "oauth_token") refuse(account, "its type must be service_account, oauth_token or oauth_browser");
  if (variable === undefined) return new Map([["bearer", needed("token", account)[1]]]);
  return token(variable, env) ?? refuse(account, `its token must be in the variable ${variable}, which is not set`);
}

function serviceAccount(username: Setting | undefined, secret: Setting | undefined): Settings | undefined {
  if (username === undefined || secret === undefined) return undefined;
  return new Map([
    ["username", username],
    ["secret", secret],
  ]);
}

function token(variable: string, env: CommandIO["env"]): Settings | undefined {
  const bearer = ofVariable(variable, env);
  return bearer && new Map([["bearer", bearer]]);
}

function ofVariable(name: string, env: CommandIO["env"]): Setting | undefined {
  const value = cleanSetting(env[name]);
  return value === undefined ? undefined : { value, name };
}

function needed(member: string, account: Account): readonly [string, Setting] {
  const value = account.members.get(member) ?? refuse(account, `it has no ${member}`);
  return [member, { value, name: `${member} of account ${account.name}`, isFiled: true }];
}

function refuse({ name }: Account, reason: string): never {
  throw new EngageError("usage", `Cannot use the account, ${reason}: ${name}`);
}

/** Mixpanel's own command renews these tokens, and keeps them where nobody else is to read them. */
function askForToken({ name }: Account): never {
  throw new EngageError(
    "unauthorized",
    `Cannot use the account, its token comes from a browser and Mixpanel's own command keeps it: ${name}\n` +
      `get one with: export MP_OAUTH_TOKEN="$(mp account token ${name})"`,
  );
}
