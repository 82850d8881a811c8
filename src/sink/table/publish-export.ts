import type { ExportTally } from "../../export/export-tally.ts";
import type { ExportRecord } from "./export-record.ts";
import { checkTarget, type ExportPlan } from "./plan-export.ts";
import { occupantOf } from "./profile-table.ts";
import { publishStatements } from "./publish-statements.ts";
import type { TableEngine } from "./table-engine.ts";

/**
 * Brings the rows of the load table into the target, and with them the record that says whether that was all.
 *
 * @returns whether the target holds the rows
 */
export async function publishExport(
  engine: TableEngine,
  plan: ExportPlan,
  mark: ExportRecord,
  tally: ExportTally,
): Promise<boolean> {
  const { tables, mode, published } = plan;
  const { complete, hasFailures } = tally.result();
  const final = mode === "replace" ? complete : !hasFailures;
  const occupant = await occupantOf(engine, tables.target);
  // Hours may have passed since the sink was opened.
  await checkTarget(engine, tables, published ? "append" : mode, occupant);
  const targetExists = occupant === "table";
  const statements = publishStatements(tables, { mode, published, final, targetExists });
  await mark.transact(async () => {
    await mark.check();
    for (const statement of statements) await engine.query(statement);
    return tally;
  }, final);
  return statements.length > 0;
}
