/** An HTML table of columns and rows of plain values. */
export function tableElement(columns, rows, caption) {
  const table = document.createElement("table");
  table.createCaption().textContent = caption;
  const head = table.createTHead().insertRow();
  for (const { name, isNumber } of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    cell.classList.toggle("number", isNumber);
    head.append(cell);
  }
  const body = table.createTBody();
  for (const values of rows) {
    const row = body.insertRow();
    for (const [index, value] of values.entries()) {
      const cell = row.insertCell();
      cell.textContent = value === null ? "NULL" : String(value);
      cell.classList.toggle("null", value === null);
      cell.classList.toggle("number", columns[index].isNumber);
    }
  }
  return table;
}
