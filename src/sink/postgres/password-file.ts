import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** The connection that a password is for. */
export interface PasswordFor {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/** What a file of passwords says. */
export interface PasswordFound {
  readonly password: string | undefined;
  /** Whether the file was not read, since others can read it too. */
  readonly isOpen: boolean;
}

/** Looks up a password as PostgreSQL's own clients do: the first line that fits, `host:port:database:user:password`. */
export async function findPassword(wanted: PasswordFor, path = join(homedir(), ".pgpass")): Promise<PasswordFound> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return { password: undefined, isOpen: false };
  // On Windows there are no such bits.
  const isOpen = (found.mode & 0o077) !== 0 && !/^[A-Za-z]:\\|^\\\\/.test(path);
  if (isOpen) return { password: undefined, isOpen };
  const text = await readFile(path, "utf8").catch(() => "");
  return { password: passwordIn(text, wanted), isOpen };
}

function passwordIn(text: string, { host, port, database, user }: PasswordFor): string | undefined {
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    // A backslash makes a colon or a backslash part of a field.
    const fields = [...line.matchAll(/(?:^|:)((?:\\.|[^:\\])*)/g)].map(([, field = ""]) => field);
    const [pattern, password] = [fields.slice(0, 4), fields[4]];
    if (password === undefined) continue;
    const isFor = [host, port, database, user].every((value, index) => {
      const field = pattern[index] ?? "";
      return field === "*" || unescaped(field) === value;
    });
    if (isFor) return unescaped(password);
  }
  return undefined;
}

function unescaped(field: string): string {
  return field.replace(/\\(.)/g, "$1");
}
