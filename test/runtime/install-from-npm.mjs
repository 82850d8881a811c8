import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./run-process.mjs";

/** Installs a package into a folder of its own if it is not there yet: the path of its `node_modules`. */
export async function installFromNpm(directory, spec) {
  const prefix = join(directory, spec.replaceAll(/[^\w.]/g, "-"));
  const modules = join(prefix, "node_modules");
  if (!existsSync(modules)) {
    await mkdir(prefix, { recursive: true });
    await runOrThrow("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", prefix, spec]);
  }
  return modules;
}
