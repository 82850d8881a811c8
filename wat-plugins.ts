import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Plugin as EsbuildPlugin } from "esbuild";
import type { Plugin as VitePlugin } from "vitest/config";
import wabt from "wabt";

const { parseWat } = await wabt();

/** Assembles WebAssembly text that a source imports: `import base64 from "./….wat"`. For the package. */
export const watForEsbuild: EsbuildPlugin = {
  name: "wat",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.wat$/ }, async ({ path }) => ({ contents: await assembled(path), loader: "base64" }));
  },
};

/** The same for tests, which import the sources. */
export const watForVite: VitePlugin = {
  name: "wat",
  async transform(_, path) {
    if (path.endsWith(".wat")) return `export default "${Buffer.from(await assembled(path)).toString("base64")}";`;
  },
};

async function assembled(path: string): Promise<Uint8Array> {
  return parseWat(basename(path), await readFile(path, "utf8"), { simd: true }).toBinary({}).buffer;
}
