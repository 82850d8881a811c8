import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { bounds } from "./bounds.mjs";
import { columns } from "./columns.mjs";
import { faults } from "./faults.mjs";
import { memory } from "./memory.mjs";
import { pace } from "./pace.mjs";
import { parts } from "./parts.mjs";
import { postgres } from "./postgres.mjs";
import { schedule } from "./schedule.mjs";
import { BenchRuns } from "./shared/bench-runs.mjs";
import { BenchServer } from "./shared/bench-server.mjs";
import { machine } from "./shared/machine.mjs";
import { ready } from "./shared/ready.mjs";
import { markdown, missed } from "./shared/tables.mjs";
import { start } from "./start.mjs";
import { throughput } from "./throughput.mjs";
import { update } from "./update.mjs";

const MEASUREMENTS = { schedule, throughput, columns, parts, postgres, update, memory, bounds, faults, pace, start };
const USAGE = `npm run bench -- [--quick] [--only NAME]...

Measures engage-export against its targets, the naive version and a peer; takes an hour and writes results.md.

  --quick      a short look at fewer pages and rounds, where figures are rough; writes nothing
  --only NAME  ${Object.keys(MEASUREMENTS).join(", ")}; may be repeated; writes nothing but growth.svg`;

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string", multiple: true }, help: { type: "boolean" } },
});
const names = options.only ?? Object.keys(MEASUREMENTS);
if (options.help || names.some((name) => !Object.hasOwn(MEASUREMENTS, name))) {
  console.log(USAGE);
  process.exit(options.help ? 0 : 2);
}

const say = (line) => console.error(`  ${line}`);
ready(say);
const server = await new BenchServer().start();
const runs = new BenchRuns(server, say);
const tables = [];
for (const name of names) {
  console.error(name);
  tables.push(...(await MEASUREMENTS[name]({ server, runs, say, quick: options.quick === true })));
}
server.stop();

const misses = missed(tables).map(({ label }) => label);
const verdict = misses.length === 0 ? "Every target is met." : `Missed: ${misses.join("; ")}.`;
const report = `${machine().join("  \n")}\n\n${markdown(tables)}\n${verdict}\n`;
console.log(report);
if (!options.quick && options.only === undefined) {
  await writeFile(new URL("results.md", import.meta.url), `# Results of \`npm run bench\`\n\n${report}`);
}
