import { describe, expect, test } from "vitest";
import { profileRow } from "../../../src/page/profile-row.ts";
import { expectAgreement } from "../../helpers/columns-table.ts";
import { exportPages, rowsOf, tablesIn, temporaryDatabase, withDatabase } from "../../helpers/database.ts";
import { statesOf, withTornLogs } from "../../helpers/database-states.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(300, { pageSize: 100 });
const pages = [1, 1.5, "old"].map((age, index) => {
  const ids = Array.from({ length: 100 }, (_, row) => `${index}-${row}`);
  return pageOf(
    session,
    index,
    ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: { age, [`page ${index}`]: true } })),
  );
});
const lacking = (page: number) => pages.map((each, index) => (index === page ? failedPage(session, page) : each));

describe("duckdbSink", () => {
  test("whenever exports are cut off, the table of columns is what the rows beside it ask for", {
    timeout: 120_000,
  }, async () => {
    const path = await temporaryDatabase();
    const states = await statesOf(path, async () => {
      await exportPages({ path, columns: true, batchSize: 100 }, lacking(1));
      await exportPages({ path, mode: "resume", columns: true, batchSize: 100 }, pages.slice(1, 2));
      await exportPages({ path, mode: "append", batchSize: 100 }, lacking(0));
      await exportPages({ path, mode: "resume", batchSize: 100 }, pages.slice(0, 1));
      await exportPages({ path, mode: "replace", batchSize: 100 }, pages);
    });
    let seen = 0;
    for (const state of withTornLogs(states)) {
      await withDatabase(state, async (connection) => {
        const tables = await tablesIn(connection);
        expect(tables.includes("profiles_columns")).toBe(tables.includes("profiles"));
        if (!tables.includes("profiles")) return;
        await expectAgreement(connection);
        seen += 1;
      });
    }
    expect(seen).toBeGreaterThan(10);
    expect(await rowsOf(path, 'SELECT count(*), count("page 1") FROM profiles_columns')).toEqual([[300n, 100n]]);
  });
});
