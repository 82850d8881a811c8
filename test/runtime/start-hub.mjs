import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Serves simulators from this process: `{ url, close }`. */
export async function startHub(work) {
  const outfile = join(work, "simulator-hub.mjs");
  await build({
    entryPoints: ["test/runtime/simulator-hub.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  const { serveHub } = await import(pathToFileURL(outfile).href);
  return serveHub();
}
