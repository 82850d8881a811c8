import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const USAGE = new URL("report-usage.mjs", import.meta.url).href;

/**
 * Runs a program of `contenders/` in a process of its own, start-up included. Seconds and bytes.
 *
 * @param task what the program gets as its argument, JSON
 */
export async function spawnContender(name, task) {
  const program = fileURLToPath(new URL(`../contenders/${name}.mjs`, import.meta.url));
  const began = performance.now();
  const child = spawn(process.execPath, ["--import", USAGE, program, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const texts = [1, 2, 3].map((descriptor) => textOf(child.stdio[descriptor]));
  const [code] = await once(child, "exit");
  const wall = (performance.now() - began) / 1000;
  const [stdout, stderr, usage] = await Promise.all(texts);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return { wall, ...JSON.parse(usage), stdout };
}

async function textOf(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
