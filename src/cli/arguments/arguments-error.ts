import { EngageError } from "../../engage-error.ts";

/** Arguments or settings that are not what they must be. The command says along with it how to see what there is. */
export class ArgumentsError extends EngageError {
  constructor(message: string, cause?: unknown) {
    super("usage", message, cause === undefined ? {} : { cause });
  }
}
