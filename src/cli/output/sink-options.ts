import { EngageError, isEngageError } from "../../engage-error.ts";
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

/** Names the option in an error about the columns of a file as the user gave it: they are the properties that were asked for. */
export function inAskedProperties(error: unknown): never {
  if (!isEngageError(error)) throw error;
  const option = error.option === "columns" ? "outputProperties" : error.option;
  const message = error.message.replace("`columns`", "`outputProperties`");
  throw new EngageError(error.code, message, { ...error, option, cause: error });
}
