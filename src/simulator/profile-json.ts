import * as words from "./profile-words.ts";
import { hash, SeededRandom } from "./seeded-random.ts";

const DAY = 86_400_000;
const FIRST_SIGN_UP = Date.UTC(2022, 0, 1);
const SIGN_UP_DAYS = 1_700;

/** Monthly price of a seat. */
const PLANS = [
  ["free", 0],
  ["free", 0],
  ["free", 0],
  ["free", 0],
  ["free", 0],
  ["team", 12],
  ["team", 12],
  ["business", 29],
  ["enterprise", 65],
] as const;

/**
 * The JSON text of a profile: about 1.2 KB and 30 properties, as real ones are. The same seed and index, the same text;
 * no two indexes share a `$distinct_id`.
 */
export function profileJson(seed: number, index: number): string {
  const id = idToken(seed, index);
  const random = new SeededRandom(seed, ~index);
  const rare = random.below(4_000);
  if (rare === 0) return `{"$distinct_id":${id}}`;
  if (rare === 1) return `{"$distinct_id":${id},"$properties":null}`;
  const signUp = FIRST_SIGN_UP + random.below(SIGN_UP_DAYS) * DAY + random.below(DAY / 1000) * 1000;
  const parts = [person(random, index), place(random), device(random), account(random, signUp), habits(random)];
  return `{"$distinct_id":${id},"$properties":{${lastSeen(random, signUp)}${parts.join(",")}${oddities(random)}}}`;
}

/** The index whose profile has this id, or undefined. */
export function generatedIndex(seed: number, distinctId: string): number | undefined {
  const decimal = /(\d{1,10})(@example\.com|")?$/.exec(distinctId)?.[1];
  const hex = /[0-9a-f]{8}$/.exec(distinctId)?.[0];
  const candidates = [
    decimal === undefined ? undefined : Number(decimal),
    hex === undefined ? undefined : (Number.parseInt(hex, 16) ^ hash(seed, 0)) >>> 0,
  ];
  return candidates.find((index) => index !== undefined && idOf(idToken(seed, index)) === distinctId);
}

/** Every form ends with the index, or with its 32 bits exchanged one to one, so ids are unique and can be read back. */
function idToken(seed: number, index: number): string {
  const bits = hash(seed, index);
  const kind = bits % 100;
  if (kind < 35) return `"u${bits}.${index}@example.com"`;
  if (kind < 80) {
    const upper = bits.toString(16).padStart(8, "0");
    const lower = ((index ^ hash(seed, 0)) >>> 0).toString(16).padStart(8, "0");
    const uuid = `${upper}-${upper.slice(0, 4)}-4${upper.slice(1, 4)}-a${upper.slice(3, 6)}-${upper.slice(2, 6)}${lower}`;
    return kind < 55 ? `"${uuid}"` : `"$device:${uuid}"`;
  }
  if (kind < 88) return String(index);
  if (kind < 93) return `8${String(bits % 100_000_000).padStart(8, "0")}${String(index).padStart(10, "0")}`;
  if (kind < 96) return `"用户-${index}"`;
  if (kind < 98) return `"🦊 пользователь ${index}"`;
  return `"crm\\\\acc\\/\\"${index}\\""`;
}

function idOf(token: string): string {
  return token.startsWith('"') ? JSON.parse(token) : token;
}

/** Missing in one of twenty; the API documents no zone, and other shapes were seen. */
function lastSeen(random: SeededRandom, signUp: number): string {
  const kind = random.below(400);
  if (kind < 20) return "";
  const text = dateTime(signUp + random.below(400 * DAY));
  if (kind === 20) return `"$last_seen":"${text}.250Z",`;
  if (kind === 21) return `"$last_seen":"${text}+02:00",`;
  return `"$last_seen":"${text}",`;
}

function person(random: SeededRandom, index: number): string {
  const first = random.pick(words.FIRST_NAMES);
  const last = random.pick(words.LAST_NAMES);
  const phone = 100_000_000 + random.below(900_000_000);
  return (
    `"$name":"${first} ${last}","$email":"${index}.${random.below(1_000)}@mail.example","email":"${index}@work.example",` +
    `"$phone":"+49${phone}","$avatar":"https:\\/\\/avatars.example\\/u\\/${random.next().toString(16)}.png",` +
    `"account_id":90071992547${40_993 + random.below(50_000)},"crm_id":${1_000_000_000 + random.below(1_000_000_000)}${phone}`
  );
}

function place(random: SeededRandom): string {
  const [country, region, city, zone] = random.pick(words.PLACES);
  const latitude = (random.below(1_400_000) - 700_000) / 10_000;
  return (
    `"$country_code":"${country}","$region":"${region}","$city":"${city}","$timezone":"${zone}",` +
    `"address":{"zip":"${10_000 + random.below(90_000)}","street":"${1 + random.below(200)} ${region}",` +
    `"geo":{"lat":${latitude},"lon":${-latitude / 2},"accuracy":null}}`
  );
}

function device(random: SeededRandom): string {
  const [system, browser, model] = random.pick(words.SYSTEMS);
  const version = 90 + random.below(50);
  const referrer = random.pick(words.REFERRERS);
  return (
    `"$os":"${system}","$browser":"${browser}","$browser_version":${version},"$initial_referrer":"${referrer}",` +
    `"utm_campaign":"${random.pick(words.CAMPAIGNS)}","devices":[{"model":"${model}","app":"${version}.${random.below(10)}.0",` +
    `"push":${random.below(2) === 0}},{"model":"PC","app":null,"push":false}]`
  );
}

function account(random: SeededRandom, signUp: number): string {
  const [plan, price] = random.pick(PLANS);
  const seats = price === 0 ? 1 : 1 + random.below(40);
  const months = 1 + random.below(30);
  const cents = price === 0 ? 0 : price * seats * months * 100 + random.below(100);
  const date = dateTime(signUp);
  return (
    `"$created":"${date}","signup_date":"${date.slice(0, 10)}","plan":"${plan}","seats":${seats},` +
    `"spend":${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")},"mrr":${price * seats},` +
    `"trial":${random.below(4) === 0},"company":{"name":"${random.pick(words.LAST_NAMES)} & Co","size":${random.below(5_000)}}`
  );
}

function habits(random: SeededRandom): string {
  const tags = Array.from({ length: random.below(4) }, () => `"${random.pick(words.TAGS)}"`);
  const features = words.FEATURES.slice(0, random.below(6)).map((name) => `"${name}":${random.below(500)}`);
  return (
    `"sessions":${random.below(3_000)},"minutes":${random.below(1_000_000) / 100},"nps":${random.below(11)},` +
    `"tags":[${tags.join(",")}],"features":{${features.join(",")}},"notes":${random.pick(words.NOTES)},` +
    `"preferences":{"theme":"${random.below(2) ? "dark" : "light"}","digest":["mon","thu"],"locale":"en_GB","beta":false}`
  );
}

function oddities(random: SeededRandom): string {
  return random.below(3) === 0 ? `,${random.pick(words.ODDITIES)}` : "";
}

function dateTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19);
}
