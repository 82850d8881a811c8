import { optionChecks } from "../../option.ts";
import { type TableSinkOptions, tableSinkOptions } from "../table/table-sink-options.ts";
import type { UnheldProfile } from "./loading-table.ts";

/** Which server, database and table, and how an export comes into it. */
export interface PostgresSinkOptions extends Omit<TableSinkOptions, "catalog"> {
  /**
   * `postgres://USER@HOST:PORT/DATABASE`. What it does not say is taken from the variables that `psql` reads (`PGHOST`,
   * `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`); `?sslmode=require` asks for TLS. `?host=/DIRECTORY` is the socket in that
   * directory; `port`, `user`, `password` and `dbname` may stand there too.
   */
  readonly url: string;
  /** Used if the URL holds none. */
  readonly password?: string | undefined;
  /**
   * Looked up if there is no password otherwise, in the form of PostgreSQL's own clients.
   * @default "~/.pgpass"
   */
  readonly passwordFile?: string | undefined;
  /** Takes profiles that Postgres cannot hold, which then do not make the export incomplete. May be called twice for one. */
  readonly onInvalidProfile?: ((profile: UnheldProfile) => void | Promise<void>) | undefined;
}

const URL_FORM = /^postgres(ql)?:\/\//;
/** Postgres cuts longer names, and `<table>__loading` must not become another table's. */
const LONGEST_TABLE = 63 - "__loading".length;

const encoder = new TextEncoder();
const checks = optionChecks("open the sink");

/** Fills in the defaults; throws `usage` if an option is not what it must be. */
export function postgresSinkOptions(options: PostgresSinkOptions) {
  const { url, password, passwordFile, onInvalidProfile } = options;
  if (!URL_FORM.test(checks.text("url", url))) checks.refuse("url", "must begin with postgres:// or postgresql://");
  if (!canParse(url)) {
    checks.refuse("url", "must be a URL; special characters of a user name or password must be percent-encoded");
  }
  if (password !== undefined) checks.text("password", password);
  if (passwordFile !== undefined) checks.text("passwordFile", passwordFile);
  if (onInvalidProfile !== undefined) checks.listener("onInvalidProfile", onInvalidProfile);
  const settings = tableSinkOptions(options);
  if (encoder.encode(settings.table).length > LONGEST_TABLE) {
    checks.refuse("table", `must have ${LONGEST_TABLE} bytes at most`, settings.table);
  }
  return { ...settings, url, password, passwordFile, onInvalidProfile };
}

export type PostgresSinkSettings = ReturnType<typeof postgresSinkOptions>;

/** What PostgreSQL's own clients read from the query of a URL, by what ours calls it. */
const FROM_QUERY = { host: "host", port: "port", user: "user", password: "password", dbname: "database" } as const;

/** The URL as the client takes it, and what it reads from elsewhere than the query. */
export function clientAddress(url: string): readonly [string, Readonly<Record<string, string>>] {
  const parsed = parse(url);
  const found = Object.entries(FROM_QUERY).flatMap(([name, option]) => {
    const value = parsed.searchParams.get(name);
    parsed.searchParams.delete(name);
    return value === null || value === "" ? [] : [[option, value] as const];
  });
  // A list of hosts cannot be parsed, and stays in a URL that says nothing in its query.
  return found.length === 0 ? [url, {}] : [parsed.href, Object.fromEntries(found)];
}

/** Whether the client will take the URL. */
function canParse(url: string): boolean {
  try {
    decodeURIComponent(parse(url).username);
    return true;
  } catch {
    return false;
  }
}

/** As the client does, which takes the first of a list of hosts; a user may stand before no host, if the query says one. */
function parse(url: string): URL {
  const first = url.replace(/(@|\/\/)([^@/?#,]*)(,[^/?#]*)/, "$1$2");
  return new URL(first.replace(/^(\w+:\/\/[^/?#]*@)(?=[/?#]|$)/, "$1localhost"));
}
