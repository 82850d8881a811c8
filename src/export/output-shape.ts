import { EngageError } from "../engage-error.ts";
import { optionError } from "../option.ts";
import { differingMembers } from "../page/differing-members.ts";
import type { SinkOptions } from "./export-sink.ts";

/** Keeps what a sink adds to a shape apart from what its caller tells. */
const SINKS_OWN = "engage-export:";

/** What shapes an output beside the query, by the names of the options. Plain JSON. */
export type OutputShape = Readonly<Record<string, unknown>>;

/** How a sink that can be resumed treats what comes. */
export interface ResumableSinkOptions extends SinkOptions {
  /**
   * What your transforms do to the rows, in words of your own: plain JSON. It is kept beside the query, and mode `resume`
   * refuses an export of another one. Keep secrets out of it.
   */
  readonly shape?: OutputShape | undefined;
}

/**
 * The shape as a checkpoint keeps it: the caller's, and what a sink adds.
 *
 * @throws {EngageError} `usage`
 */
export function outputShape({ shape = {} }: ResumableSinkOptions, added: OutputShape = {}): OutputShape {
  const text = isObject(shape) ? JSON.stringify(shape) : undefined;
  if (!text?.startsWith("{")) throw optionError("open the sink", "shape", "must be an object that JSON can hold");
  const own = Object.entries(added).map(([name, value]) => [`${SINKS_OWN}${name}`, value] as const);
  return { ...JSON.parse(text), ...Object.fromEntries(own) };
}

/** What of a shape its caller told. */
export function callersShape(shape: OutputShape): OutputShape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => !name.startsWith(SINKS_OWN)));
}

/**
 * Makes sure that an export which is resumed goes on as it began.
 *
 * @param earlier undefined if nothing of it was kept
 * @throws {EngageError} `checkpoint-mismatch`
 */
export function checkSameShape(earlier: OutputShape = {}, now: OutputShape): void {
  const different = differingMembers(earlier, now);
  if (different.length === 0) return;
  const options = different.map((name) => `\`${name.replace(SINKS_OWN, "")}\``).join(" and ");
  throw new EngageError(
    "checkpoint-mismatch",
    `Cannot resume, the last export into this output was made with another ${options}; repeat its options or start over`,
  );
}

/** Whether two outputs are shaped alike. */
export function isSameShape(one: OutputShape, other: OutputShape): boolean {
  return differingMembers(one, other).length === 0;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
