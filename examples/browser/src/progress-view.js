import { countText } from "./count-text.js";

// More squares than this are a wall, not a picture.
const MOST_SQUARES = 400;

/** Shows how far an export is: a bar, a square a page, and figures. */
export class ProgressView {
  #element = document.querySelector("#progress");
  #bar = document.querySelector("#bar");
  #squares = document.querySelector("#pages");
  #profiles = document.querySelector("#profiles-count");
  #pages = document.querySelector("#pages-count");
  #rate = document.querySelector("#rate");
  #seconds = document.querySelector("#seconds");
  #counts = { profiles: 0, loaded: 0, failed: 0 };
  #startedAt = 0;
  #timer;

  begin() {
    this.#counts = { profiles: 0, loaded: 0, failed: 0 };
    this.#startedAt = performance.now();
    this.#squares.replaceChildren();
    // A bar without a value moves: how many pages there are is not known yet.
    this.#bar.removeAttribute("value");
    this.#element.hidden = false;
    this.#timer = setInterval(() => this.#show(), 100);
  }

  /** @param page a page that came, or that failed */
  add({ status, pageIndex, rows = [], session: { totalPages } }) {
    const { profiles, loaded, failed } = this.#counts;
    this.#counts = {
      profiles: profiles + rows.length,
      loaded: loaded + (status === "loaded"),
      failed: failed + (status === "failed"),
      totalPages,
    };
    if (totalPages !== undefined) {
      this.#bar.max = totalPages;
      this.#bar.value = loaded + failed + 1;
    }
    this.#square(pageIndex, totalPages)?.classList.add(status);
    this.#show();
  }

  end() {
    clearInterval(this.#timer);
    // Still moving where the number of pages was never told.
    if (!this.#bar.hasAttribute("value")) this.#bar.value = this.#bar.max;
    this.#show();
    const { loaded, failed } = this.#counts;
    this.#squares.ariaLabel = `${countText(loaded, "page")} came, ${countText(failed)} failed`;
  }

  hide() {
    clearInterval(this.#timer);
    this.#element.hidden = true;
  }

  #square(pageIndex, totalPages = pageIndex + 1) {
    const wanted = Math.min(totalPages, MOST_SQUARES);
    while (this.#squares.childElementCount < wanted) this.#squares.append(document.createElement("i"));
    return this.#squares.children[pageIndex];
  }

  #show() {
    const { profiles, loaded, failed, totalPages } = this.#counts;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#profiles.textContent = countText(profiles);
    this.#pages.textContent = totalPages === undefined ? countText(loaded) : `${loaded + failed} of ${totalPages}`;
    this.#rate.textContent = countText(Math.round(profiles / Math.max(seconds, 0.001)));
    this.#seconds.textContent = seconds.toFixed(1);
  }
}
