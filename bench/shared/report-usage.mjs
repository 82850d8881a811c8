import { readFileSync, writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

/** Where the process that is measured leaves what it used: a descriptor that its parent reads. */
const REPORT_TO = 3;

process.on("exit", () => {
  // Worker threads get this module too; the figures are of the whole process.
  if (!isMainThread) return;
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(REPORT_TO, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, peakRss: peakRss() }));
});

function peakRss() {
  // `maxRSS` also counts what the parent held when it forked; Linux says what this program held.
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
}
