import { countText } from "./count-text.js";
import { canKeep, DATABASE_FILE, forgetFiles, keepLines, keptLines } from "./kept-files.js";
import { profileSource } from "./profile-source.js";
import { ProgressView } from "./progress-view.js";
import { ResultView } from "./result-view.js";

const part = (id) => document.getElementById(id);
const form = part("source");
const { keep, baseUrl } = form.elements;
const notes = part("notes");
const progress = new ProgressView();
const resultView = new ResultView();
let database;
let running;

form.addEventListener("change", showFields);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(exportProfiles);
});
part("cancel").addEventListener("click", () => running.abort());
part("forget").addEventListener("click", async () => {
  await attempt(forget);
  part("export").focus();
});
baseUrl.value = new URL("/us", location.href).href;
showFields();
attempt(begin);

/** Shows what was kept, and clears away what an interrupted export left. */
async function begin() {
  keep.disabled = !(await canKeep());
  if (keep.disabled) keep.checked = false;
  else if (await keptLines()) return reopen();
  // Where it does not work, another tab is at it right now.
  else await forgetFiles().catch(() => {});
  part("steps").hidden = false;
}

// What is large comes when it is needed: DuckDB, Arrow, and the library itself.
async function reopen() {
  say("Opening the result that was kept…");
  const { openDatabase } = await import("./database.js");
  database = await openDatabase(DATABASE_FILE);
  const lines = await keptLines();
  const { rows } = await database.ask("SELECT count(*) FROM profiles");
  await resultView.show(database, lines, true);
  const when = new Date(lines.lastModified).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
  say(`${countText(rows[0][0], "profile")}, exported on ${when} and kept in this browser.`);
}

async function exportProfiles(signal) {
  const file = keep.checked ? DATABASE_FILE : undefined;
  part("steps").hidden = true;
  progress.hide();
  closeResult();
  say("Loading DuckDB…");
  if (file !== undefined) await forgetFiles();
  try {
    const [source, { openDatabase }, { exportInto, openSink }, { makePeopleTable }] = await Promise.all([
      profileSource(form),
      import("./database.js"),
      import("./export-into.js"),
      import("./people-table.js"),
    ]);
    database = await openDatabase(file);
    const sink = await openSink(database, onWarning);
    signal.throwIfAborted();
    say("Exporting…");
    progress.begin();
    const { result, lines } = await exportInto(sink, { ...source, signal, onPage, onWarning });
    progress.end();
    say("Making a column of each property…");
    await makePeopleTable(database, signal);
    if (file !== undefined) {
      await database.connection.query("CHECKPOINT");
      await keepLines(lines);
    }
    await resultView.show(database, lines, file !== undefined);
    say(summary(result));
  } catch (error) {
    progress.hide();
    closeResult();
    if (file !== undefined) await forgetFiles().catch(() => {});
    throw error;
  }
}

async function forget() {
  closeResult();
  progress.hide();
  await forgetFiles();
  say("The result is forgotten.");
}

function onPage(page) {
  progress.add(page);
  if (page.status === "failed") onWarning({ message: `Page ${page.pageIndex} failed: ${page.error.message}` });
}

function onWarning({ message }) {
  const note = document.createElement("li");
  note.textContent = message;
  notes.append(note);
  notes.hidden = false;
}

function summary({ totalRows, successfulPages, failedPages, missing }) {
  const came = `${countText(totalRows, "profile")} from ${countText(successfulPages, "page")}.`;
  return failedPages === 0
    ? came
    : `${came} ${countText(failedPages, "page")} failed: ${countText(missing, "profile")} missing.`;
}

function closeResult() {
  resultView.hide();
  notes.replaceChildren();
  notes.hidden = true;
  database?.close();
  database = undefined;
}

/** Does one thing at a time, and says why where it does not work. */
async function attempt(work) {
  running = new AbortController();
  setBusy(true);
  sayProblem("");
  try {
    await work(running.signal);
  } catch (error) {
    const { aborted } = running.signal;
    say(aborted ? "Cancelled. Nothing is kept of it." : "");
    if (!aborted) sayProblem(error.message);
  }
  setBusy(false);
}

function setBusy(busy) {
  const [toDisable, toEnable] = busy ? [part("export"), part("cancel")] : [part("cancel"), part("export")];
  const hadFocus = document.activeElement === toDisable;
  toDisable.disabled = true;
  toEnable.disabled = false;
  // A button that is disabled loses the focus.
  if (hadFocus) toEnable.focus();
}

function say(text) {
  part("status").textContent = text;
}

function sayProblem(text) {
  part("problem").textContent = text;
  part("problem").hidden = text === "";
}

/** Only the fields of the chosen source are there, and must be filled in. */
function showFields() {
  for (const name of ["simulator", "mixpanel"]) {
    const fields = part(`${name}-fields`);
    fields.hidden = form.elements.source.value !== name;
    fields.disabled = fields.hidden;
  }
}
