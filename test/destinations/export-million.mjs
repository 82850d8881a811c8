import { join } from "node:path";
import { partFiles } from "../../dist/files.js";
import { exportProfiles } from "../../dist/index.js";
import { engageSimulator } from "../../dist/simulator.js";

/** Exports a million profiles into ten parts, in `parts/` of a directory. */
export async function exportMillion(directory) {
  const simulator = engageSimulator({ profiles: 1_000_000, hourlyQueries: Number.POSITIVE_INFINITY });
  const { projectId, serviceAccount } = simulator;
  const sink = await partFiles({ path: join(directory, "parts") });
  const { complete } = await exportProfiles({ projectId, serviceAccount, fetch: simulator, sink });
  if (!complete) throw new Error("The export of a million profiles is not complete");
}
