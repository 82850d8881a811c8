import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";

const INSTALLED = {
  "engage-export": "../../package.json",
  "@duckdb/node-api": "../../node_modules/@duckdb/node-api/package.json",
  "mixpanel-import": "../node_modules/mixpanel-import/package.json",
};

/** What the figures were taken on, a line each. */
export function machine() {
  const [{ model }] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  const versions = Object.entries(INSTALLED).map(([name, path]) => `${name} ${versionAt(path)}`);
  return [
    `${os.availableParallelism()} × ${model.trim()}, ${memory} GB, ${os.type()} ${os.release()}, Node ${process.version}`,
    `${versions.join(", ")}, commit ${commit}`,
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
  ];
}

function versionAt(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
}
