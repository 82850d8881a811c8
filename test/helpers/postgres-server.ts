import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, onTestFinished } from "vitest";
import { freePort } from "./free-port.ts";

/** A real server, for the tests of one file. */
export interface PostgresServer {
  readonly port: number;
  /** Where its socket is. */
  readonly socketDirectory: string;
  /** The address of its database, with the superuser's password unless another user is given. */
  url(options?: { readonly user?: string; readonly password?: string; readonly schema?: string }): string;
  /** Runs statements as the superuser. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Makes a schema that is dropped after the test. */
  schema(): Promise<string>;
  /** Ends every session at once, as a crash does, and starts again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const SUPERUSER = { user: "postgres", password: "super/secret" };

/**
 * Where the programs of a server are: those that `npm run test:destinations` has installed, if it says so, else the newest of
 * Debian's; undefined if there is none.
 */
export const POSTGRES_BIN = [process.env.POSTGRES_BIN, ...debianServers()].find(
  (path) => path !== undefined && existsSync(join(path, "initdb")),
);

let schemas = 0;

/** Starts a server in a directory of its own; it is stopped after the tests of the file. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const bin = POSTGRES_BIN;
  if (bin === undefined) throw new Error("No Postgres is installed");
  const directory = mkdtempSync(join(tmpdir(), "engage-postgres-"));
  const owner = unprivileged();
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  const passwords = join(directory, "password");
  writeFileSync(passwords, SUPERUSER.password, { mode: 0o644 });
  const init = ["-D", data, "-U", SUPERUSER.user, "-A", "scram-sha-256", "--pwfile", passwords];
  execFileSync(join(bin, "initdb"), [...init, "--no-sync", "-E", "UTF8", "--locale=C"], { ...owner, stdio: "pipe" });
  const port = await freePort();
  const given = { fsync: "off", listen_addresses: "127.0.0.1", unix_socket_directories: directory, ...settings };
  const options = Object.entries(given).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const start = () => startServer(join(bin, "postgres"), ["-D", data, "-p", `${port}`, ...options], owner);
  let child = await start();
  const stop = async (): Promise<void> => {
    // Nothing is finished first, and all sessions are cut off.
    if (child.exitCode === null && child.kill("SIGQUIT")) await once(child, "exit");
  };
  afterAll(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const url: PostgresServer["url"] = ({ user = SUPERUSER.user, password = SUPERUSER.password, schema } = {}) => {
    const search = schema === undefined ? "" : `?search_path=${schema}`;
    const secret = password === "" ? "" : `:${encodeURIComponent(password)}`;
    return `postgres://${user}${secret}@127.0.0.1:${port}/postgres${search}`;
  };
  const sql = async (text: string) => {
    const client = postgres(url(), { max: 1, onnotice: () => {} });
    try {
      return await client.unsafe(text);
    } finally {
      await client.end();
    }
  };
  const schema = async (): Promise<string> => {
    schemas += 1;
    const name = `test_${schemas}`;
    await sql(`CREATE SCHEMA ${name}`);
    onTestFinished(async () => {
      await sql(`DROP SCHEMA ${name} CASCADE`);
    });
    return name;
  };
  const restart = async (): Promise<void> => {
    await stop();
    child = await start();
  };
  return { port, socketDirectory: directory, url, sql, schema, restart, stop };
}

function debianServers(): readonly string[] {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(root, version, "bin"));
}

/** The server refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: "pipe" }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return { uid: 65_534, gid: 65_534 };
  }
}

async function startServer(
  command: string,
  args: readonly string[],
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<ChildProcess> {
  const child = spawn(command, args, { ...owner, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("ready to accept connections")) resolve();
    });
    child.once("exit", () => reject(new Error(`The server did not start: ${said}`)));
    child.once("error", reject);
  });
  return child;
}
