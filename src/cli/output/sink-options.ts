import type { EngageWarning } from "../../engage-warning.ts";
import type { TableMode } from "../../export/export-sink.ts";
import { textInFlags } from "../arguments/in-flags.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OutputPlan } from "./formats.ts";

/** What every sink of the command is given, whatever it writes into. */
export function sinkOptions<Mode extends TableMode>(
  { shape, resume, onFailedPage }: OutputPlan,
  mode: Mode,
  messages: Messages,
) {
  return {
    shape,
    mode: resume ? "resume" : mode,
    fresh: mode,
    onFailedPage,
    onWarning: ({ message }: EngageWarning) => messages.warning(textInFlags(message, {})),
  } as const;
}
