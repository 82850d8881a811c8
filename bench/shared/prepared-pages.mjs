import { profileJson } from "../../dist/simulator.js";

const SEED = 1;
/** Profiles that are prepared together; page sizes are multiples of it. */
const PER_BLOCK = 100;
const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
/** Each hundredth profile has changed when an update asks. */
const PER_CHANGE = 100;

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
    const pieces = [Buffer.from(headOf({ page, pageSize, total: pages * pageSize }))];
    const blocks = page < pages ? pageSize / PER_BLOCK : 0;
    for (let block = page * blocks; block < (page + 1) * blocks; block++) pieces.push(this.#blocks[block], COMMA);
    if (blocks > 0) pieces.pop();
    return [...pieces, END];
  }

  /** The body of a page of those that have changed just now. */
  changed({ page, profiles, pageSize }) {
    const total = profiles / PER_CHANGE;
    const now = new Date().toISOString().slice(0, 19);
    const texts = [];
    for (let nth = page * pageSize; nth < Math.min(total, (page + 1) * pageSize); nth++) {
      const text = profileJson(SEED, nth * PER_CHANGE);
      texts.push(text.replace(/"\$last_seen":"[^"]*"/, `"$last_seen":"${now}","changed_at":${performance.now()}`));
    }
    return Buffer.from(`${headOf({ page, pageSize, total })}${texts.join(",")}]}`);
  }
}

/** The beginning of a page, up to its profiles. */
function headOf({ page, pageSize, total }) {
  const head = { page, page_size: pageSize, session_id: "1764000000-bench", status: "ok", total };
  return `${JSON.stringify(head).slice(0, -1)},"results":[`;
}
