import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { axeFile, buildPage, loadLibrary, openBrowser } from "./page-browser.mjs";

const FIRST_LIMIT = 50_000;
const LIMIT = 75_000;
let built;
let library;
let columnsOf;
let engageSimulator;
let simulator;
let server;
let browser;
let page;

before(async () => {
  built = await buildPage();
  let serveSimulator;
  [library, { columnsOf }, { engageSimulator }, { serveSimulator }] = await loadLibrary(
    "engage-export",
    "../../src/sink/derived/columns-of.ts",
    "engage-export/simulator",
    "../../src/cli/simulate/serve-simulator.ts",
  );
  simulator = engageSimulator({ profiles: 1_200 });
  server = await serveSimulator(simulator, { port: 0 });
  browser = await openBrowser({ SIMULATOR_URL: server.url });
  page = await openPage();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test("the JavaScript that comes before anything is pressed is under 50 KB", () => {
  const [entry] = built.filter(({ isEntry }) => isEntry);
  assert.deepEqual(entry.imports, []);
  console.log(`  at first ${sizes([entry])}`);
  assert.ok(Buffer.byteLength(entry.code) < FIRST_LIMIT);
});

test("all JavaScript but DuckDB, its worker and Arrow is under 75 KB on the wire", () => {
  const chunks = built.filter(({ type, name }) => type === "chunk" && name !== "duckdb");
  const vendors = chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => /duckdb-wasm.dist|apache-arrow/.test(id));
  console.log(`  in all ${sizes(chunks)}`);
  assert.deepEqual(
    vendors.filter((id) => !id.includes("?url")),
    [],
  );
  assert.ok(gzipped(chunks) < LIMIT);
});

test("what one sees first has no accessibility violation", async () => {
  assert.deepEqual(await violations(), []);
});

test("an export of 10,000 profiles from the simulator arrives page by page", async () => {
  await page.getByRole("button", { name: "Export" }).click();
  await page.waitForFunction(() => document.querySelector("#pages .loaded ~ i:not(.loaded)") !== null);
  await idle();
  assert.match(await page.locator("#status").textContent(), /^10,000 profiles from 10 pages\.$/);
  assert.equal(await page.locator("#pages .loaded").count(), 10);
  assert.equal(await page.locator("#profiles-count").textContent(), "10,000");
  assert.equal(await page.locator("#pages-count").textContent(), "10 of 10");
});

test("SQL is answered", async () => {
  assert.deepEqual(await ask("SELECT count(*) AS profiles, count(DISTINCT distinct_id) AS ids FROM profiles"), [
    ["profiles", "ids"],
    ["10000", "10000"],
  ]);
  assert.deepEqual(
    await ask("SELECT '' AS nothing, NULL AS n, 1.5 AS d, DATE '2026-02-03' AS day, [1, 2] AS list, 2::HUGEINT AS h"),
    [
      ["nothing", "n", "d", "day", "list", "h"],
      ["", "NULL", "1.5", "2026-02-03", "[1,2]", "2"],
    ],
  );
});

test("a property is a column with every digit of its numbers", async () => {
  const asked = `SELECT crm_id, account_id, mrr + 1 AS more, trial, tags, "__proto__" FROM people
    WHERE distinct_id = (SELECT distinct_id FROM people WHERE "__proto__" IS NOT NULL LIMIT 1)`;
  const [, [crmId, accountId, more, trial, tags, proto]] = await ask(asked);
  assert.match(crmId, /^1\d{18}$/);
  assert.match(accountId, /^900719925474\d+$/);
  assert.match(more, /^\d+$/);
  assert.match(trial, /^(true|false)$/);
  assert.ok(Array.isArray(JSON.parse(tags)));
  assert.equal(proto, '{"polluted":false}');
  const counted = "SELECT count(*), count(last_seen), min(last_seen), max(last_seen) FROM";
  assert.deepEqual(await ask(`${counted} people`), await ask(`${counted} profiles`));
});

test("the columns have the names and types that the command gives them", async () => {
  const [, ...found] = await ask(
    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'people' ORDER BY column_index OFFSET 2",
  );
  const lines = (await ndjsonOf({ profiles: 10_000 })).toString().trimEnd().split("\n");
  const columns = await columnsOfLines(lines);
  // Without its extension DuckDB for browsers knows no JSON.
  const expected = columns.map(({ name, type }) => [name, type === "JSON" ? "VARCHAR" : type]);
  assert.deepEqual(found, expected);
});

test("SQL that is wrong is told in DuckDB's words, and the next query works", async () => {
  assert.equal(await ask("SELECT nonsense FROM people"), undefined);
  assert.match(await page.locator("#answer-status").textContent(), /nonsense/);
  assert.deepEqual(await ask("SELECT 1 AS one"), [["one"], ["1"]]);
});

test("every ready query has an answer", async () => {
  const buttons = await page.getByRole("group", { name: "Ready queries" }).getByRole("button").all();
  assert.ok(buttons.length >= 3);
  for (const button of buttons) {
    await button.click();
    assert.ok((await answer())?.length > 2, await button.textContent());
  }
});

test("the chart shows how the profiles divide by the chosen property", async () => {
  const [, ...expected] = await ask(
    "SELECT coalesce(plan, '(none)'), count(*) AS n FROM people GROUP BY plan ORDER BY n DESC",
  );
  assert.deepEqual(await chart("plan"), expected);
  const label = await page.getByRole("img", { name: /^Profiles by plan/ }).getAttribute("aria-label");
  for (const [plan] of expected) assert.ok(label.includes(plan), plan);
  const widths = await page
    .locator("#bars g rect:last-child")
    .evaluateAll((bars) => bars.map((bar) => bar.getBBox().width));
  assert.deepEqual(
    widths,
    widths.toSorted((one, other) => other - one),
  );
});

test("the chart counts many numbers by range", async () => {
  const ranges = await chart("sessions");
  assert.ok(ranges.length > 3 && ranges.length <= 13);
  const [, [first]] = await ask("SELECT count(*) FROM people WHERE sessions >= 0 AND sessions < 500");
  assert.deepEqual(ranges[0], ["0 – 500", first]);
  assert.equal(
    ranges.reduce((sum, [, count]) => sum + Number(count), 0),
    10_000,
  );
});

test("the download is the NDJSON that the library writes, byte for byte", async () => {
  assert.ok((await download()).equals(await ndjsonOf({ profiles: 10_000 })));
});

test("a result has no accessibility violation: light, dark, narrow", async () => {
  assert.deepEqual(await violations(), []);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.deepEqual(await violations(), []);
  await page.setViewportSize({ width: 320, height: 700 });
  assert.deepEqual(await violations(), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("a second tab says that the result is open in the first, and exports without keeping", async () => {
  const first = page;
  page = await openPage();
  await idle();
  assert.match(await page.getByRole("alert").textContent(), /open in another tab/);
  await page.getByLabel("Keep the result in this browser").uncheck();
  await page.getByLabel("Profiles", { exact: true }).fill("300");
  await page.getByRole("button", { name: "Export" }).click();
  await idle();
  assert.deepEqual(await ask("SELECT count(*) AS n FROM people"), [["n"], ["300"]]);
  await page.close();
  page = first;
});

test("a browser that keeps no files exports all the same", async () => {
  const first = page;
  page = await openPage(() => {
    navigator.storage.getDirectory = () => Promise.reject(new DOMException("Not here", "SecurityError"));
  });
  await idle();
  assert.ok(await page.getByLabel("Keep the result in this browser").isDisabled());
  await page.getByLabel("Profiles", { exact: true }).fill("0");
  await page.getByRole("button", { name: "Export" }).click();
  await idle();
  assert.match(await page.locator("#status").textContent(), /^0 profiles from 1 page\.$/);
  assert.deepEqual(await ask("SELECT count(*) AS n FROM people"), [["n"], ["0"]]);
  await page.close();
  page = first;
});

test("a reload keeps the result", async () => {
  await page.reload();
  await idle();
  assert.match(await page.locator("#status").textContent(), /^10,000 profiles, exported on .* and kept/);
  assert.deepEqual(await ask("SELECT count(*) AS n FROM profiles"), [["n"], ["10000"]]);
  assert.equal((await download()).toString().trimEnd().split("\n").length, 10_000);
});

test("a result that is forgotten is gone after a reload", async () => {
  await page.getByRole("button", { name: "Forget the result" }).click();
  await idle();
  await page.reload();
  await idle();
  assert.ok(await page.getByText("Nothing is exported yet.").isVisible());
  assert.ok(!(await page.locator("#ask").isVisible()));
  assert.deepEqual(await keptFiles(), []);
});

test("everything works by keyboard alone, and the focus shows", async () => {
  await tabTo("[name=source]:checked");
  await page.keyboard.press("ArrowDown");
  assert.ok(await page.getByLabel("Project ID").isVisible());
  await page.keyboard.press("ArrowUp");
  await tabTo("[name=profiles]");
  await type("1500");
  await tabTo("[name=latency]");
  await type("0");
  await tabTo("#export");
  await page.keyboard.press("Enter");
  await page.locator("#cancel:focus").waitFor();
  await idle();
  assert.equal(await page.locator("#export:focus").count(), 1);
  assert.match(await page.locator("#status").textContent(), /^1,500 profiles from 2 pages/);

  await tabTo("#download");
  await tabTo("#ready-queries button:nth-child(2)");
  await page.keyboard.press("Enter");
  assert.equal((await answer())[0][0], "plan");
  await tabTo("#sql");
  await type("SELECT 6 * 7 AS n");
  await page.keyboard.press("Control+Enter");
  assert.deepEqual(await answer(), [["n"], ["42"]]);
  await tabTo("#run");
  await tabTo("#answer");
  await tabTo("#property");
  const before = await page.locator("#chart-caption").textContent();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction((text) => document.querySelector("#chart-caption").textContent !== text, before);
  await tabTo("#chart summary");
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("#bars-table table").isVisible());
});

test("a page that fails for good is named, and the others are there", async () => {
  await page.getByLabel("Profiles", { exact: true }).fill("5000");
  await page.getByLabel("Let one page fail for good").check();
  await page.getByRole("button", { name: "Export" }).click();
  await idle();
  assert.match(await page.locator("#notes").textContent(), /^Page 2 failed: .*503/);
  assert.match(await page.locator("#status").textContent(), /1 page failed: 1,000 profiles missing\.$/);
  assert.equal(await page.locator("#pages .failed").count(), 1);
  assert.deepEqual(await ask("SELECT count(*) AS n FROM profiles"), [["n"], ["4000"]]);
  assert.deepEqual(await violations(), []);
  await page.getByLabel("Let one page fail for good").uncheck();
});

test("an export that is cancelled leaves nothing, and the next one works", async () => {
  const cancelAt = async (moment) => {
    await page.getByRole("button", { name: "Export" }).click();
    await moment.waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await idle();
    assert.match(await page.locator("#status").textContent(), /^Cancelled/);
    assert.ok(!(await page.locator("#ask").isVisible()));
    assert.deepEqual(await keptFiles(), []);
  };
  await page.getByLabel("Latency, ms").fill("1000");
  await cancelAt(page.locator("#pages .loaded").first());
  await page.getByLabel("Latency, ms").fill("0");
  await page.getByLabel("Profiles", { exact: true }).fill("20000");
  await cancelAt(page.getByText("Making a column of each property"));
  await page.getByLabel("Profiles", { exact: true }).fill("5000");
  await page.getByRole("button", { name: "Export" }).click();
  await idle();
  assert.deepEqual(await ask("SELECT count(*) AS n FROM profiles"), [["n"], ["5000"]]);
});

test("a base URL is asked with the account that was typed in, which is kept nowhere", async () => {
  const { username, secret } = simulator.serviceAccount;
  await page.getByLabel("Mixpanel").check();
  assert.equal(await page.getByLabel("Base URL").inputValue(), `${browser.url}us`);
  await page.getByLabel("Base URL").fill(`${browser.url}simulator`);
  await page.getByLabel("Project ID").fill(simulator.projectId);
  await page.getByLabel("Service account").fill(username);
  await page.getByLabel("Secret").fill("another");
  await page.getByRole("button", { name: "Export" }).click();
  await idle();
  assert.match(await page.getByRole("alert").textContent(), /credentials/i);
  assert.deepEqual(await violations(), []);

  await page.getByLabel("Secret").fill(secret);
  await page.getByRole("button", { name: "Export" }).click();
  await idle();
  assert.ok(!(await page.getByRole("alert").isVisible()));
  assert.deepEqual(await ask("SELECT count(*) AS n FROM profiles"), [["n"], ["1200"]]);
  assert.equal(simulator.requestCount, 3);
  assert.doesNotMatch(JSON.stringify(await ask("SELECT * FROM _engage_exports")), new RegExp(`${secret}|${username}`));
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 0);
});

test("nothing was asked of any other origin", () => {
  assert.deepEqual(browser.strayRequests, []);
});

async function openPage(atStart) {
  const opened = await browser.context.newPage();
  if (atStart !== undefined) await opened.addInitScript(atStart);
  opened.on("pageerror", (error) => assert.fail(error));
  await opened.goto(browser.url);
  return opened;
}

/** Waits until the page does nothing any more. */
function idle() {
  return page.locator("#export:enabled").waitFor();
}

/** The answer as rows of text, the column names first; undefined where the query failed. */
async function ask(sql) {
  await page.getByLabel("SQL", { exact: true }).fill(sql);
  await page.getByRole("button", { name: "Run" }).click();
  return answer();
}

async function answer() {
  await page.locator("#answer[aria-busy=false]").waitFor({ state: "attached" });
  const rows = await page.locator("#answer tr").evaluateAll(textOfCells);
  return rows.length === 0 ? undefined : rows;
}

/** The chart's numbers, from the table beside it. */
async function chart(property) {
  await page.getByLabel("Property").selectOption(property);
  await page.locator("#bars[aria-busy=false]").waitFor();
  return page.locator("#bars-table tbody tr").evaluateAll(textOfCells);
}

function textOfCells(rows) {
  return rows.map((row) => [...row.cells].map((cell) => cell.textContent));
}

/** What the command makes of lines of NDJSON. */
async function columnsOfLines(lines) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("CREATE TABLE profiles (distinct_id VARCHAR, last_seen TIMESTAMP, properties JSON)");
  const appender = await connection.createAppender("profiles");
  for (const line of lines) {
    appender.appendNull();
    appender.appendNull();
    appender.appendVarchar(line.slice(line.indexOf('"properties":') + '"properties":'.length, -1));
    appender.endRow();
  }
  appender.closeSync();
  const { columns } = await columnsOf(connection);
  connection.closeSync();
  instance.closeSync();
  return columns;
}

async function download() {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download NDJSON" }).click(),
  ]);
  assert.equal(file.suggestedFilename(), "profiles.ndjson");
  return readFile(await file.path());
}

async function ndjsonOf(options) {
  const fetch = engageSimulator(options);
  const { projectId, serviceAccount } = fetch;
  const lines = library
    .profilePages({ projectId, serviceAccount, fetch })
    .pipeThrough(library.normalizeProfiles())
    .pipeThrough(library.ndjson());
  return Buffer.from(await new Response(lines).arrayBuffer());
}

/** Presses Tab until `selector` has the focus; every stop on the way must show that it has it. */
async function tabTo(selector) {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", `the focus shows on the way to ${selector}`);
    if ((await page.locator(`${selector}:focus`).count()) === 1) return;
  }
  assert.fail(`Tab does not reach ${selector}`);
}

async function type(text) {
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
}

async function violations() {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.addScriptTag({ path: axeFile });
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

function keptFiles() {
  return page.evaluate(async () => {
    const names = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names;
  });
}

function gzipped(chunks) {
  return chunks.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
}

function sizes(chunks) {
  const plain = chunks.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
  return `${(plain / 1000).toFixed(1)} KB, ${(gzipped(chunks) / 1000).toFixed(1)} KB gzipped`;
}
