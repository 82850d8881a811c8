import { seededRandom } from "./random.mjs";

const CITIES = ["Berlin", "São Paulo", "東京", "Kraków", "Αθήνα", "Москва", "القاهرة", "Toronto", "Nairobi", "Malmö"];
const PLANS = ["free", "starter", "business", "enterprise"];
const HEX_DIGITS = 8;
/** Different pages that are kept; later ones are copies with ids of their own. */
const KEPT = 100;

/** The profiles of an export as bytes, made once; about 1.2 KB and 30 properties each, in a page of any size. */
export class PreparedPages {
  #blocks = [];
  #perBlock;

  /** @param perBlock profiles that are prepared together; page sizes are multiples of it */
  constructor(perBlock) {
    this.#perBlock = perBlock;
    const random = seededRandom(20_26);
    for (let block = 0; block < KEPT; block++) this.#blocks.push(prepare(perBlock, block, random));
  }

  /** The body of a page, in pieces. */
  body({ page, pages, pageSize }) {
    const head = { page, page_size: pageSize, session_id: "1764000000-bench", status: "ok", total: pages * pageSize };
    const pieces = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"results":[`)];
    const blocks = pageSize / this.#perBlock;
    for (let block = page * blocks; block < (page + 1) * blocks; block++) {
      if (block > page * blocks) pieces.push(Buffer.from(","));
      pieces.push(this.#block(block));
    }
    pieces.push(Buffer.from("]}"));
    return pieces;
  }

  #block(index) {
    const { bytes, idsAt } = this.#blocks[index % KEPT];
    if (index < KEPT) return bytes;
    const copy = Buffer.from(bytes);
    for (let profile = 0; profile < idsAt.length; profile++) {
      writeId(copy, idsAt[profile], index * this.#perBlock + profile);
    }
    return copy;
  }
}

function prepare(count, block, random) {
  const parts = [];
  const idsAt = [];
  let length = 0;
  for (let profile = 0; profile < count; profile++) {
    const text = Buffer.from(`${profile === 0 ? "" : ","}${profileText(block * count + profile, random)}`);
    idsAt.push(length + text.indexOf("#".repeat(HEX_DIGITS)));
    writeId(text, idsAt[profile] - length, block * count + profile);
    parts.push(text);
    length += text.length;
  }
  return { bytes: Buffer.concat(parts), idsAt };
}

/** Writes digits that differ for every profile and come in no order, as those of real ids do. */
function writeId(bytes, at, profile) {
  const id = Math.imul(profile + 1, 0x9e3779b1);
  for (let digit = 0; digit < HEX_DIGITS; digit++) {
    bytes[at + digit] = "0123456789abcdef".charCodeAt((id >>> (28 - 4 * digit)) & 15);
  }
}

function profileText(index, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const whole = (below) => Math.floor(random() * below);
  const day = () => `2026-${String(1 + whole(12)).padStart(2, "0")}-${String(1 + whole(28)).padStart(2, "0")}`;
  const time = () => `${day()}T${String(whole(24)).padStart(2, "0")}:${String(whole(60)).padStart(2, "0")}:07`;
  const hex = (digits) => {
    let text = "";
    while (text.length < digits)
      text += whole(2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, digits);
  };
  const city = pick(CITIES);
  return JSON.stringify({
    $distinct_id: `${"#".repeat(HEX_DIGITS)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    $properties: {
      $email: `person.${index}@example.com`,
      $name: `${pick(["Ana", "Jürgen", "Zoë", "明", "Olga", "Ivan"])} ${pick(["Nováková", "Smith", "García", "李"])}`,
      $city: city,
      $region: `${city} region`,
      $country_code: pick(["DE", "BR", "JP", "PL", "GR", "RU", "EG", "CA", "KE", "SE"]),
      $timezone: pick(["Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo", "Africa/Nairobi"]),
      $browser: pick(["Chrome", "Safari", "Firefox", "Edge"]),
      $browser_version: 100 + whole(40),
      $os: pick(["Windows", "Mac OS X", "Linux", "iOS", "Android"]),
      $created: time(),
      ...(random() < 0.97 && { $last_seen: time() }),
      $initial_referrer: `https://www.example.com/search?q=${hex(40)}&utm_source=search`,
      $initial_referring_domain: "www.example.com",
      $geo_source: "reverse_geocoding",
      $mp_api_timestamp_ms: 1_764_000_000_000 + whole(100_000_000),
      plan: pick(PLANS),
      "plan renewed": day(),
      seats: whole(500),
      "lifetime value": Math.round(random() * 1e6) / 100,
      beta: random() < 0.3,
      churned: random() < 0.1 ? true : null,
      "account id": `acct_${hex(20)}`,
      roles: Array.from({ length: 1 + whole(3) }, () => pick(["admin", "editor", "viewer", "billing"])),
      company: { name: `${pick(["Müller", "Acme", "Ακμή"])} ${hex(6)}`, size: whole(10_000), industry: "software" },
      "last campaign": `Spring “sale” ${whole(40)}`,
      "email opens": whole(300),
      "email clicks": whole(60),
      "feature flags": Object.fromEntries(["search", "export", "inbox"].map((name) => [name, random() < 0.5])),
      notes: `${hex(80)} "quoted" \\ ${hex(80)}`,
      "session count": whole(4_000),
    },
  });
}
