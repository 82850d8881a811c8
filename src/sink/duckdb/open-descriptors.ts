import { fstatSync, readdirSync, readFileSync, statSync } from "node:fs";

/** How often this process has a file open, by whatever name. */
export interface OpenDescriptors {
  readonly reading: number;
  readonly writing: number;
}

interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

type Access = "reading" | "writing";

/**
 * How often this process has a file open; undefined if the system does not tell. Nothing is opened to find out, since
 * closing a file drops every lock that the process holds on it.
 */
export function openDescriptors(path: string): OpenDescriptors | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return { reading: 0, writing: 0 };
  return onLinux(file) ?? onMac(file);
}

function onLinux(file: FileIdentity): OpenDescriptors | undefined {
  return count("/proc/self/fd", (descriptor) => {
    if (!isSame(statSync(`/proc/self/fd/${descriptor}`, { bigint: true }), file)) return undefined;
    const [, flags = "2"] = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    // O_RDONLY is 0.
    return (Number.parseInt(flags, 8) & 3) === 0 ? "reading" : "writing";
  });
}

/** There is no way to tell for what: DuckDB writes, as a rule. */
function onMac(file: FileIdentity): OpenDescriptors | undefined {
  return count("/dev/fd", (descriptor) =>
    isSame(fstatSync(descriptor, { bigint: true }), file) ? "writing" : undefined,
  );
}

function isSame(one: FileIdentity, other: FileIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** @param access undefined for a descriptor of another file */
function count(directory: string, access: (descriptor: number) => Access | undefined): OpenDescriptors | undefined {
  const counts = { reading: 0, writing: 0 };
  let isTold = false;
  for (const name of namesIn(directory)) {
    try {
      const found = access(Number(name));
      isTold = true;
      if (found !== undefined) counts[found] += 1;
    } catch {
      // The descriptor that listed the directory, for one, is closed by now.
    }
  }
  return isTold ? counts : undefined;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
