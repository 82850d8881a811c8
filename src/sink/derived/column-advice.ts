import { EngageError } from "../../engage-error.ts";
import { reasonOf } from "../table/table-engine.ts";

/**
 * Runs `work`, which makes columns, and says what helps if memory runs out: every column of a row group is held until it is full.
 *
 * @param output the table or file that is made
 */
export async function withColumnAdvice<Result>(output: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const reason = reasonOf(error);
    if (!/out of memory/i.test(reason)) throw error;
    const message = `Cannot make the columns, memory ran out (${reason}); free some memory and resume, or export again with a lower \`maxColumns\`: ${output}`;
    throw new EngageError("write-failed", message, { cause: error });
  }
}
