import { countText } from "./count-text.js";
import { tableElement } from "./table-element.js";

const MOST_ROWS = 200;

/** Shown where the columns are there that they need. */
const READY_QUERIES = [
  {
    name: "Where most people are",
    needs: ["$country_code"],
    sql: `SELECT
  "$country_code" AS country,
  count(*) AS profiles,
  max(last_seen) AS "last seen"
FROM people
GROUP BY country
ORDER BY profiles DESC, country
LIMIT 10`,
  },
  {
    name: "What each plan brings in",
    needs: ["plan", "mrr"],
    sql: `SELECT plan, count(*) AS profiles, sum(mrr) AS "per month"
FROM people
GROUP BY plan
ORDER BY "per month" DESC`,
  },
  {
    name: "Last seen, by month",
    needs: ["last_seen"],
    sql: `SELECT strftime(last_seen, '%Y-%m') AS month, count(*) AS profiles
FROM profiles
GROUP BY month
ORDER BY month DESC
LIMIT 24`,
  },
  {
    name: "Ten profiles as they came",
    needs: [],
    sql: `SELECT distinct_id, last_seen, properties
FROM profiles
LIMIT 10`,
  },
];

/** Asks SQL of the result. */
export class AskView {
  #section = document.querySelector("#ask");
  #ready = document.querySelector("#ready-queries div");
  #form = document.querySelector("#query");
  #sql = document.querySelector("#sql");
  #status = document.querySelector("#answer-status");
  #answer = document.querySelector("#answer");
  #database;

  constructor() {
    // Not every browser lets the keyboard scroll what it cannot focus.
    this.#answer.tabIndex = 0;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
    this.#sql.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
  }

  /** @param columns names of the columns of `people` */
  async show(database, columns) {
    this.#database = database;
    const fitting = READY_QUERIES.filter(({ needs }) => needs.every((name) => columns.includes(name)));
    this.#ready.replaceChildren(...fitting.map((query) => this.#button(query)));
    this.#sql.value = fitting[0].sql;
    this.#section.hidden = false;
    await this.#ask();
  }

  hide() {
    this.#section.hidden = true;
    this.#database = undefined;
  }

  #button({ name, sql }) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      this.#sql.value = sql;
      this.#ask();
    });
    return button;
  }

  async #ask() {
    const database = this.#database;
    this.#answer.ariaBusy = "true";
    try {
      const begin = performance.now();
      const { columns, rows, count } = await database.ask(this.#sql.value, MOST_ROWS);
      const shown = count > rows.length ? `, the first ${rows.length} are shown` : "";
      const said = `${countText(count, "row")} in ${countText(Math.round(performance.now() - begin))} ms${shown}`;
      this.#answer.replaceChildren(tableElement(columns, rows, said));
      this.#say(said);
    } catch (error) {
      this.#answer.replaceChildren();
      this.#say(error.message, true);
    }
    this.#answer.ariaBusy = "false";
  }

  #say(text, isProblem = false) {
    this.#status.textContent = text;
    this.#status.classList.toggle("problem", isProblem);
    this.#answer.hidden = isProblem;
  }
}
