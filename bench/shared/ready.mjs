import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Installs the peers on first use, and builds what is measured where the sources are newer. */
export function ready(say) {
  if (!existsSync(`${ROOT}/bench/node_modules`)) {
    say("installing the peers");
    npm("ci", "--prefix", "bench", "--no-audit", "--no-fund", "--loglevel=error");
  }
  const built = statSync(`${ROOT}/dist/cli.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(`${ROOT}/src`, { recursive: true }).map((file) => `${ROOT}/src/${file}`);
  if (sources.every((file) => statSync(file).mtimeMs < built)) return;
  say("building");
  npm("run", "--silent", "build", "--", "--silent", "--no-dts");
}

function npm(...args) {
  execFileSync("npm", args, { cwd: ROOT, stdio: ["ignore", 2, 2] });
}
