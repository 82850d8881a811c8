import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTENDERS } from "./contenders.mjs";
import { spawnContender } from "./spawn-contender.mjs";

const NO_LATENCY = { mean: 0, spread: 0, seed: 0 };

/** Runs contenders against the server, each into files of its own that are removed again. */
export class BenchRuns {
  #server;
  #say;

  constructor(server, say) {
    this.#server = server;
    this.#say = say;
  }

  /**
   * One run: what the process used, what it said, and what the server saw.
   *
   * @param plan what is served: `pages`, and where they matter `pageSize`, `latency`, `faults`, `allows`
   * @param task what the program is told beside the address and its output
   */
  async run(name, { pages, pageSize = 1000, latency = NO_LATENCY, faults, allows }, task = {}) {
    const { program = name, output, task: ownTask } = CONTENDERS[name];
    const directory = await mkdtemp(join(tmpdir(), "engage-export-bench-"));
    const served = await this.#server.run({ pages, pageSize, latency, faults, allows });
    try {
      const out = join(directory, output);
      const used = await spawnContender(program, { url: served.url, pages, out, ...ownTask, ...task });
      const said = JSON.parse(used.stdout.trim().split("\n").pop() || "{}");
      const rows = said.rows ?? said.total_rows ?? pages * pageSize;
      if (rows !== pages * pageSize) throw new Error(`${name} wrote ${rows} profiles of ${pages * pageSize}`);
      this.#say(`${name}, ${pages} pages: ${used.wall.toFixed(2)} s, ${Math.round(used.peakRss / 1e6)} MB`);
      return { ...used, said, log: await served.end() };
    } finally {
      await rm(directory, { recursive: true });
    }
  }
}
