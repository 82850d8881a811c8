import { profileJson } from "../../dist/simulator.js";

const SEED = 1;
/** Profiles that are prepared together; page sizes are multiples of it. */
const PER_BLOCK = 100;
const COMMA = Buffer.from(",");
const END = Buffer.from("]}");

/** The simulator's profiles as the bytes of pages of any size, made before they are asked for. */
export class PreparedPages {
  #blocks = [];

  /** Makes the profiles up to a number, where they are not there yet. A million takes about 20 s and 1.2 GB. */
  prepare(profiles) {
    for (let block = this.#blocks.length; block < profiles / PER_BLOCK; block++) {
      const texts = Array.from({ length: PER_BLOCK }, (_, nth) => profileJson(SEED, block * PER_BLOCK + nth));
      this.#blocks.push(Buffer.from(texts.join(",")));
    }
  }

  /** The body of a page, in pieces. */
  body({ page, pages, pageSize }) {
    const head = { page, page_size: pageSize, session_id: "1764000000-bench", status: "ok", total: pages * pageSize };
    const pieces = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"results":[`)];
    const blocks = page < pages ? pageSize / PER_BLOCK : 0;
    for (let block = page * blocks; block < (page + 1) * blocks; block++) pieces.push(this.#blocks[block], COMMA);
    if (blocks > 0) pieces.pop();
    return [...pieces, END];
  }
}
