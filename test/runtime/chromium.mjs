import { existsSync } from "node:fs";
import { runOrThrow } from "./run-process.mjs";

const PATHS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The path of a Chromium; Debian's is installed where there is none and that is allowed. */
export async function installChromium() {
  const find = () => PATHS.find((path) => path !== undefined && existsSync(path));
  if (find() === undefined) {
    if (process.getuid?.() !== 0) throw new Error("There is no Chromium: install it, or set CHROMIUM to its path");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runOrThrow("apt-get", ["update"], { env });
    await runOrThrow("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"], { env });
  }
  return find();
}
