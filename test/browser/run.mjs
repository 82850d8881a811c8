// Drives examples/browser in a real Chromium. The last line says `N passed, N failed`.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../../examples/browser/", import.meta.url));
if (!existsSync(`${example}node_modules/.package-lock.json`)) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: example, stdio: "inherit" });
}

let passed = 0;
let failed = 0;
const files = [fileURLToPath(new URL("page.test.mjs", import.meta.url))];
// They take a minute; a browser that hangs must not hang everything.
const tests = run({ files, timeout: 300_000 });
// A file is told of as a test, too, where Node runs it in a process of its own.
const isFile = ({ name }) => name.endsWith("page.test.mjs");
tests.on("test:pass", (test) => {
  if (!isFile(test)) passed += 1;
});
tests.on("test:fail", () => {
  failed += 1;
});
tests.on("end", () => {
  if (failed > 0) process.exitCode = 1;
});
for await (const text of tests.compose(new spec())) process.stdout.write(text);
console.log(`${passed} passed, ${failed} failed`);
