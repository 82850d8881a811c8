const NAMES = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Whether a path is one of the names of standard output, whatever that leads to. */
export function isStandardOutput(path: string): boolean {
  return NAMES.includes(path);
}
