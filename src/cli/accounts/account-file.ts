import { readFile, stat } from "node:fs/promises";
import { homedir, platform } from "node:os";
import { join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../../sink/file/file-error.ts";
import { nearest } from "../arguments/nearest.ts";
import type { CommandIO } from "../command-io.ts";
import { cleanSetting } from "./clean-setting.ts";

/** The file in which Mixpanel's own command keeps its accounts. */
export interface AccountFile {
  readonly path: string;
  readonly accounts: ReadonlyMap<string, Account>;
  /** The account that counts if none is named. */
  readonly active: string | undefined;
  readonly workspaceId: string | undefined;
  /** Whether others than the owner may read it. */
  readonly isOpen: boolean;
}

/** An account of that file: its members as text. */
export interface Account {
  readonly name: string;
  readonly members: ReadonlyMap<string, string>;
}

type Table = Readonly<Record<string, unknown>>;

/**
 * Reads the file that MP_CONFIG_PATH names, else `~/.mp/config.toml`, in its present and its older form; undefined when
 * there is none. It is never written.
 *
 * @throws {EngageError} `usage`, without a value of the file
 */
export async function readAccountFile(io: Pick<CommandIO, "env" | "cwd">): Promise<AccountFile | undefined> {
  const path = accountPath(io);
  const content = await readFile(path, "utf8").catch((error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unreadable(reasonOf(error), path);
  });
  if (content === undefined) return undefined;
  const root = parsed(content, path);
  const active = table(root.active, "active", path);
  const accounts = Object.entries(table(root.accounts, "accounts", path)).map(([name, value]) => {
    return [name, { name, members: members(table(value, `accounts.${name}`, path)) }] as const;
  });
  return {
    path,
    accounts: new Map(accounts),
    active: textOf(active.account) ?? textOf(root.default),
    workspaceId: textOf(active.workspace),
    isOpen: await isOpen(path),
  };
}

/**
 * The account of that name.
 *
 * @param path where the file would be
 * @throws {EngageError} `usage`, with the names there are
 */
export function findAccount(file: AccountFile | undefined, name: string, path: string): Account {
  const found = file?.accounts.get(name);
  if (found !== undefined) return found;
  const names = [...(file?.accounts.keys() ?? [])];
  if (file === undefined) throw new EngageError("usage", `Cannot find the account ${name}, there is no file: ${path}`);
  if (names.length === 0) throw new EngageError("usage", `Cannot find the account ${name}, the file has none: ${path}`);
  const near = nearest(name, names);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new EngageError("usage", `Cannot find the account ${name}, ${path} has: ${names.join(", ")}${hint}`);
}

/** Where the file is or would be. */
export function accountPath({ env, cwd = "" }: Pick<CommandIO, "env" | "cwd">): string {
  const home = cleanSetting(env.HOME) ?? homedir();
  const path = cleanSetting(env.MP_CONFIG_PATH);
  if (path === undefined) return join(home, ".mp", "config.toml");
  return /^~[/\\]/.test(path) ? join(home, path.slice(2)) : resolve(cwd, path);
}

function parsed(content: string, path: string): Table {
  try {
    return parse(content.replace(/^\uFEFF/, ""));
  } catch (error) {
    // Neither its message nor a cause: both show lines of the file.
    throw unreadable(error instanceof TomlError ? `line ${error.line} is no TOML` : "it is no TOML", path);
  }
}

function table(value: unknown, name: string, path: string): Table {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Table;
  throw unreadable(`[${name}] must be a table`, path);
}

function members(account: Table): ReadonlyMap<string, string> {
  const texts = Object.entries(account).map(([name, value]) => [name, textOf(value)] as const);
  return new Map(texts.filter((member): member is [string, string] => member[1] !== undefined));
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return cleanSetting(value);
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}

async function isOpen(path: string): Promise<boolean> {
  // Windows keeps no such modes.
  return platform() !== "win32" && ((await stat(path)).mode & 0o044) !== 0;
}

function unreadable(reason: string, path: string): EngageError {
  return new EngageError("usage", `Cannot read the account file, ${reason}: ${path}`);
}
