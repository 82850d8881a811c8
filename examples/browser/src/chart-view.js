import { barChart } from "./bar-chart.js";
import { isByRange, propertyBars } from "./property-bars.js";
import { tableElement } from "./table-element.js";

const FEW = 50;

/** Draws how the profiles divide by one property. */
export class ChartView {
  #section = document.querySelector("#chart");
  #property = document.querySelector("#property");
  #caption = document.querySelector("#chart-caption");
  #bars = document.querySelector("#bars");
  #table = document.querySelector("#bars-table");
  #database;
  #columns = [];

  constructor() {
    this.#property.addEventListener("change", () => this.#draw());
  }

  /** @param columns of `people`: name, type, and about how many values there are */
  async show(database, columns) {
    this.#database = database;
    this.#columns = columns;
    const few = columns.filter((column) => !isByRange(column) && column.values <= FEW);
    const numbers = columns.filter(isByRange);
    const many = columns.filter((column) => !isByRange(column) && column.values > FEW);
    const groups = { "A few values": few, Numbers: numbers, "Many values": many };
    this.#property.replaceChildren(
      ...Object.entries(groups)
        .filter(([, group]) => group.length > 0)
        .map(([label, group]) => optionGroup(label, group)),
    );
    // A chart of two values, or of one, says little.
    const telling = few.find(({ type, values }) => type === "VARCHAR" && values > 2);
    if (telling !== undefined) this.#property.value = telling.name;
    this.#section.hidden = columns.length === 0;
    if (columns.length > 0) await this.#draw();
  }

  hide() {
    this.#section.hidden = true;
  }

  async #draw() {
    const column = this.#columns.find(({ name }) => name === this.#property.value);
    this.#bars.ariaBusy = "true";
    // SQL may have changed or dropped the table.
    const failed = (error) => ({ bars: [], caption: error.message });
    const { bars, caption } = await propertyBars(this.#database, column).catch(failed);
    // Meanwhile another one may have been chosen.
    if (this.#property.value !== column.name) return;
    this.#bars.ariaBusy = "false";
    this.#caption.textContent = caption;
    this.#bars.replaceChildren(barChart(bars, caption));
    this.#table.replaceChildren(
      tableElement(
        [{ name: column.name }, { name: "profiles", isNumber: true }],
        bars.map(({ label, count }) => [label, count]),
        caption,
      ),
    );
  }
}

function optionGroup(label, columns) {
  const group = document.createElement("optgroup");
  group.label = label;
  group.append(...columns.map(({ name }) => new Option(name)));
  return group;
}
