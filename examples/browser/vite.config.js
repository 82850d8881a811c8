import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// The page shows the library of this checkout. In a project of your own, leave these lines out and install `engage-export`.
const source = (file) => fileURLToPath(new URL(`../../src/${file}.ts`, import.meta.url));
const libraryOfThisCheckout = {
  alias: [
    { find: /^engage-export\/(duckdb-wasm|simulator)$/, replacement: source("$1") },
    { find: /^engage-export$/, replacement: source("index") },
  ],
  dedupe: ["@duckdb/duckdb-wasm", "apache-arrow", "ky"],
};

// Mixpanel sends no CORS headers, so the page asks its own origin, which passes the request on.
const proxyTo = (host, prefix) => ({
  target: host,
  changeOrigin: true,
  rewrite: (path) => path.slice(prefix.length),
  configure: (proxy) => {
    // With this header the browser would ask for a password itself.
    proxy.on("proxyRes", ({ headers }) => delete headers["www-authenticate"]);
  },
});

export default defineConfig({
  appType: "mpa",
  base: "./",
  resolve: libraryOfThisCheckout,
  build: {
    target: "es2022",
    // DuckDB and Arrow are larger than all the rest, and are loaded when an export starts.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: "duckdb", test: /node_modules.(@duckdb|apache-arrow|flatbuffers)/ }] },
      },
    },
  },
  server: {
    fs: { allow: ["../.."] },
    proxy: {
      "/us/": proxyTo("https://mixpanel.com", "/us"),
      "/eu/": proxyTo("https://eu.mixpanel.com", "/eu"),
      "/in/": proxyTo("https://in.mixpanel.com", "/in"),
      // What `engage-export simulate` serves.
      "/simulator/": proxyTo(process.env.SIMULATOR_URL ?? "http://127.0.0.1:8686", "/simulator"),
    },
  },
});
