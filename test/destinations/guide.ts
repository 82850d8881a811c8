import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const guide = readFileSync(resolve(import.meta.dirname, "../../docs/destinations.md"), "utf8");

/** The command that the guide gives for an engine, as it stands in the table. */
export function commandFor(engine: string): string {
  const row = guide.split("\n").find((line) => line.startsWith(`| ${engine} |`));
  const [, command] = /`([^`]+)`/.exec(row ?? "") ?? [];
  if (command === undefined) throw new Error(`The guide has no command for ${engine}`);
  return command;
}

/** Every line of its shell blocks that runs the command, without comments, and its words. */
export function shellCommands(): readonly (readonly string[])[] {
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const lines = blocks.flatMap((block) => block.split("\n")).map((line) => line.replace(/ +#.*/, ""));
  return lines.filter((line) => line.startsWith("engage-export ")).map((line) => line.split(" ").slice(1));
}
