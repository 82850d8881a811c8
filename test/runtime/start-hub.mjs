import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Serves simulators from this process: `{ url, close }`. */
export async function startHub(work) {
  const outfile = join(work, "simulator-hub.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("simulator-hub.ts", import.meta.url))],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  const { serveHub } = await import(pathToFileURL(outfile).href);
  return serveHub();
}
