/** The columns of `people` that came from properties: name, type, and about how many values there are. */
export async function peopleColumns(database) {
  const { rows } = await database.ask(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'people' ORDER BY column_index OFFSET 2`,
  );
  if (rows.length === 0) return [];
  const counts = await database.ask(
    "SELECT approx_count_distinct(COLUMNS(* EXCLUDE (distinct_id, last_seen))) FROM people",
  );
  return rows.map(([name, type], index) => ({ name, type, values: counts.rows[0][index] }));
}
