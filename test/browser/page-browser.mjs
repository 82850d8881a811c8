import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../examples/browser/", import.meta.url));
// The tools are the example's own, so that a checkout without it installs none of them.
const tool = (name) => import(pathToFileURL(createRequire(join(root, "package.json")).resolve(name)).href);
const { build, createServer, preview } = await tool("vite");
const { default: playwright } = await tool("playwright-core");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The text of axe, to be run in a page. */
export const axeFile = createRequire(join(root, "package.json")).resolve("axe-core");

/** Builds the page; returns what was built: chunks and assets. */
export async function buildPage() {
  const { output } = await build({ root, logLevel: "error" });
  return output;
}

/** The library of this checkout, loaded through the page's own configuration. */
export async function loadLibrary(...entries) {
  const server = await createServer({
    root,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  try {
    const paths = entries.map((entry) => (entry.startsWith(".") ? join(root, entry) : entry));
    return await Promise.all(paths.map((path) => server.ssrLoadModule(path)));
  } finally {
    await server.close();
  }
}

/**
 * Serves the built page, and opens Chromium with a profile of its own. Nothing beyond the page's origin can be reached.
 *
 * @param environment what the page's configuration reads
 */
export async function openBrowser(environment) {
  Object.assign(process.env, environment);
  const server = await preview({ root, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  const profile = await mkdtemp(join(tmpdir(), "engage-browser-"));
  let context;
  const close = async () => {
    await context?.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  };
  try {
    context = await playwright.chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: FLAGS,
      viewport: { width: 1280, height: 900 },
    });
  } catch (error) {
    await close();
    throw error;
  }
  context.setDefaultTimeout(30_000);
  const [url] = server.resolvedUrls.local;
  const strayRequests = [];
  await context.route(
    ({ origin, protocol }) => protocol.startsWith("http") && origin !== new URL(url).origin,
    (route) => {
      strayRequests.push(route.request().url());
      return route.abort();
    },
  );
  return { context, url, strayRequests, close };
}
