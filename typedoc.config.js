import { readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  entryPoints: Object.keys(exports)
    .filter((name) => name !== "./package.json")
    .map((name) => `src/${name === "." ? "index" : name.slice("./".length)}.ts`),
  out: "docs/api",
  name: "engage-export",
  readme: "none",
  excludePrivate: true,
  excludeInternal: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
};
