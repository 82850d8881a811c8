import { join } from "node:path";
import { isEngageError } from "../../engage-error.ts";
import type { InvalidProfileOnPage } from "../../index.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OutputIO, OutputPlan } from "./formats.ts";
import type { OpenOutput } from "./open-output.ts";
import { sinkOptions } from "./sink-options.ts";
import { withoutPassword } from "./without-password.ts";

/** Opens a table on a Postgres server. */
export async function openPostgres(plan: OutputPlan, { env }: OutputIO, messages: Messages): Promise<OpenOutput> {
  const { path: url = "", table = "profiles", batchSize, update } = plan;
  const mode = update === undefined ? plan.mode : "update";
  const shown = withoutPassword(url);
  if (shown !== url) {
    messages.warning(
      "The password in --out shows in the list of processes; set PGPASSWORD, or add a line to ~/.pgpass instead",
    );
  }
  let keep = (_: InvalidProfileOnPage): Promise<void> => Promise.resolve();
  const { postgresSink } = await import("../../postgres.ts");
  const sink = await postgresSink({
    url,
    password: env.PGPASSWORD || undefined,
    passwordFile: env.PGPASSFILE || (env.HOME && join(env.HOME, ".pgpass")) || undefined,
    table,
    batchSize,
    ...sinkOptions(plan, mode, messages),
    overlap: update?.overlap,
    onInvalidProfile: plan.keepsInvalid ? (profile) => keep(profile) : undefined,
  }).catch((error) => {
    if (!isEngageError(error, "usage") || error.option !== "url") throw error;
    throw new ArgumentsError(error.message.replace("`url`", "--out"), error);
  });
  return {
    sink,
    resumable: true,
    holdsStdout: false,
    destination: `${shown}, table ${table}`,
    keepInvalid: (take) => {
      keep = take;
    },
  };
}
