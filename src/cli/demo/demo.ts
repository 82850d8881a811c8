import { resolve } from "node:path";
import { clock } from "../../clock.ts";
import { engageSimulator } from "../../simulator/engage-simulator.ts";
import { helpOption } from "../arguments/export-options.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { ReportedExport } from "../export/reported-export.ts";
import { openOutput } from "../output/open-output.ts";
import { outputPlan } from "../output/output-plan.ts";
import { Messages } from "../terminal/messages.ts";
import { textTable } from "../terminal/text-table.ts";
import { askDemoDatabase, checkDemoDatabase, DEMO_HOST, DEMO_QUERIES } from "./demo-database.ts";

const FILE = "demo.duckdb";

/** Exports 25,000 profiles of the built-in simulator into `demo.duckdb` and asks three questions of them. */
export async function demo(args: readonly string[], io: CommandIO): Promise<ExitCode> {
  parseArguments(args, helpOption);
  const path = io.cwd === undefined ? FILE : resolve(io.cwd, FILE);
  await checkDemoDatabase(path);
  const messages = new Messages(io.stderr, "normal");
  const output = await openOutput(outputPlan({ out: path, replace: true, columns: true }), io, messages);
  const progress = io.stderr.isTTY ? new (await import("../terminal/progress.ts")).Progress(io.stderr) : undefined;
  const simulator = engageSimulator({ profiles: 25_000, latency: 300, jitter: 0.5 });
  const { projectId, serviceAccount } = simulator;
  const startedAt = clock.now();
  let answeredAt = startedAt;
  const fetch: typeof globalThis.fetch = async (...request) => {
    const answer = await simulator(...request);
    answeredAt = clock.now();
    return answer;
  };
  // Interrupted, it is started over; and standard output is for the answers.
  const run = new ReportedExport(io, { ...output, resumable: false, holdsStdout: true }, messages, { progress });
  const code = await run.run({ projectId, serviceAccount, baseUrl: DEMO_HOST, fetch, signal: io.signals });
  if (code !== EXIT.complete) return code;
  const seconds = (answeredAt - startedAt) / 1000;
  const answers = await askDemoDatabase(path, DEMO_QUERIES);
  const sections = DEMO_QUERIES.map(({ name, sql }, index) => {
    const { columns, rows } = answers[index] ?? { columns: [], rows: [] };
    return `${name}\n\n${sql}\n\n${textTable(columns, rows)}\n`;
  });
  const waited = (simulator.servedLatency / 1000).toFixed(1);
  await print(
    io.stdout,
    `\n${sections.join("\n")}\n${simulator.requestCount} requests took ${seconds.toFixed(1)} s, five at a time; ` +
      `one at a time the answers alone would have taken ${waited} s.\n`,
  );
  return EXIT.complete;
}
