import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/**
 * Installs the built package into a folder as a user has it: found by its name, with `engage-export` and `npx` in `bin`.
 *
 * @returns the folder of the commands, for PATH
 */
export function installCommand(folder: string): string {
  if (!existsSync(join(root, "dist/index.js"))) throw new Error("Run `npm run build` first");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/engage-export"));
  symlinkSync(join(root, "node_modules/@duckdb"), join(folder, "node_modules/@duckdb"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "engage-export"), `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/cli.js" "$@"\n`);
  writeFileSync(join(bin, "npx"), '#!/bin/sh\n[ "$1" = --yes ] && shift\nexec "$@"\n');
  for (const name of ["engage-export", "npx"]) chmodSync(join(bin, name), 0o755);
  return bin;
}
