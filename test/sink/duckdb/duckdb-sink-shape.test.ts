import { expect, test } from "vitest";
import { duckdbSink } from "../../../src/duckdb.ts";
import { exportPages, memoryDatabase, rowsOf } from "../../helpers/database.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(6);
const [first, second] = [pageOf(session, 0, ["a", "b", "c"]), pageOf(session, 1, ["d", "e", "f"])];
const shape = { drop: ["x"], hash: { key: "print", names: ["y"] } };

test("an interrupted export goes on with the same shape, and with no other one", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection, shape }, [first, failedPage(session, 1)]);
  for (const [other, names] of [
    [undefined, "`drop` and `hash`"],
    [{ ...shape, drop: [] }, "`drop`"],
    [{ ...shape, raw: true }, "`raw`"],
  ] as const) {
    expect(await errorOf(() => duckdbSink({ connection, mode: "resume", shape: other }))).toMatchObject({
      code: "checkpoint-mismatch",
      message: `Cannot resume, the last export into this output was made with another ${names}; repeat its options or start over`,
    });
  }
  const same = { hash: { names: ["y"], key: "print" }, drop: ["x"] };
  const { result } = await exportPages({ connection, mode: "resume", shape: same }, [second]);
  expect(result).toMatchObject({ totalRows: 6, complete: true });
});

test("a finished export of another shape is not the one that was asked for", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection, shape }, [first, second]);
  expect(await errorOf(() => duckdbSink({ connection, mode: "resume" }))).toMatchObject({
    code: "checkpoint-mismatch",
  });
  const sink = await duckdbSink({ connection, mode: "resume", shape });
  expect(sink.finished?.result).toMatchObject({ totalRows: 6 });
});

test("a record of a version that kept no shape is one without", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [first, failedPage(session, 1)]);
  await rowsOf(connection, "ALTER TABLE _engage_exports DROP COLUMN shape");
  expect(await errorOf(() => duckdbSink({ connection, mode: "resume", shape }))).toMatchObject({
    code: "checkpoint-mismatch",
  });
  const { result } = await exportPages({ connection, mode: "resume" }, [second]);
  expect(result).toMatchObject({ totalRows: 6, complete: true });
});

test.each([[1], [[]], ["x"], [null], [() => {}]])("a shape must be an object that JSON can hold: %j", async (given) => {
  const connection = await memoryDatabase();
  const error = await errorOf(() => duckdbSink({ connection, shape: given as never }));
  expect(error.message).toBe("Cannot open the sink, `shape` must be an object that JSON can hold");
});
