import { once } from "node:events";
import { engageSimulator } from "../../simulator/engage-simulator.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import { wholeNumber } from "../arguments/option-values.ts";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { type CommandIO, print } from "../command-io.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { CHANGES_PATH, withChangesEndpoint } from "./changes-endpoint.ts";
import { parseConcurrency } from "./parse-concurrency.ts";
import { parseFault } from "./parse-fault.ts";
import { serveSimulator } from "./serve-simulator.ts";
import { simulateOptions } from "./simulate-options.ts";

/** Serves a local Engage API until a signal comes. */
export async function simulate(args: readonly string[], io: CommandIO): Promise<ExitCode> {
  const given = parseArguments(args, simulateOptions);
  const simulator = engageSimulator({
    profiles: wholeNumber("--profiles", given.profiles) ?? 25_000,
    pageSize: wholeNumber("--page-size", given["page-size"]) ?? 1000,
    latency: (decimal("--latency", given.latency) ?? 0.3) * 1000,
    jitter: decimal("--jitter", given.jitter) ?? 0.5,
    seed: wholeNumber("--seed", given.seed) ?? 1,
    hourlyQueries: wholeNumber("--hourly-queries", given["hourly-queries"]) ?? 60,
    concurrentQueries: parseConcurrency("--concurrent-queries", given["concurrent-queries"] ?? "5"),
    ignoreWhere: given["ignore-where"] ?? false,
    faults: (given.fault ?? []).map(parseFault),
  });
  const server = await serveSimulator(withChangesEndpoint(simulator), {
    port: wholeNumber("--port", given.port) ?? 8686,
  });
  const { projectId, serviceAccount, token } = simulator;
  await print(
    io.stdout,
    [
      `The simulator listens at ${server.url}; end it with Ctrl-C. Export from it with:`,
      "",
      `export MP_API_BASE_URL=${server.url}`,
      `export MP_PROJECT_ID=${projectId}`,
      `export MP_USERNAME=${serviceAccount.username}`,
      `export MP_SECRET=${serviceAccount.secret}`,
      "engage-export --out profiles.duckdb",
      "",
      `Instead of the username and the secret it takes the token ${token}, by MP_OAUTH_TOKEN. Change profiles with:`,
      "",
      `curl --data '{"changed":20,"deleted":2,"added":5}' ${server.url}${CHANGES_PATH}`,
      "",
      "",
    ].join("\n"),
  );
  if (!io.signals.aborted) await once(io.signals, "abort");
  await server.close();
  return EXIT.complete;
}

function decimal(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text)) throw new ArgumentsError(`${flag} must be a number, 0 or more: ${text}`);
  return Number(text);
}
