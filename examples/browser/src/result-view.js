import { AskView } from "./ask-view.js";
import { ChartView } from "./chart-view.js";
import { countText } from "./count-text.js";
import { peopleColumns } from "./people-columns.js";

/** What one can do with a result: download it, ask it, look at it. */
export class ResultView {
  #buttons = document.querySelector("#result-buttons");
  #download = document.querySelector("#download");
  #forget = document.querySelector("#forget");
  #ask = new AskView();
  #chart = new ChartView();

  /** @param lines the NDJSON; @param isKept whether it outlives a reload */
  async show(database, lines, isKept) {
    this.#download.href = URL.createObjectURL(lines);
    this.#download.textContent = `Download NDJSON (${countText(lines.size / 1e6)} MB)`;
    this.#forget.hidden = !isKept;
    this.#buttons.hidden = false;
    const columns = await peopleColumns(database);
    await this.#ask.show(database, ["last_seen", ...columns.map(({ name }) => name)]);
    await this.#chart.show(database, columns);
  }

  hide() {
    URL.revokeObjectURL(this.#download.href);
    this.#buttons.hidden = true;
    this.#ask.hide();
    this.#chart.hide();
  }
}
