import { type OptionChecks, optionChecks } from "../option.ts";
import { checkPage } from "../page/check-page.ts";
import type { LoadedPage, PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";
import { editedRows } from "./edited-rows.ts";
import { keyedHash } from "./keyed-hash.ts";
import type { PropertyRules } from "./property-edits.ts";

/** Which properties go, and which are hashed. At least one list must be given. */
export interface DropPropertiesOptions {
  /** Properties that are left out; `$last_seen` may be one of them. */
  readonly drop?: readonly string[] | undefined;
  /** Properties whose values are replaced by their hex HMAC-SHA-256: of the text, or of the JSON of other values. */
  readonly hash?: readonly string[] | undefined;
  /** The key of the hashes: text or bytes. The same key gives the same hash in every run. */
  readonly key?: string | Uint8Array | ArrayBuffer | undefined;
}

const NO_BYTES = new Uint8Array();
const OPTIONS: readonly string[] = ["drop", "hash", "key"] satisfies readonly (keyof DropPropertiesOptions)[];
const encoder = new TextEncoder();

/**
 * Leaves properties out of the rows, and replaces values by their hashes; every other byte stays as it was sent. A property
 * that comes twice or is spelled with escapes goes too. The `bytes` of an invalid profile are emptied, since what cannot be
 * parsed cannot be cleaned; `onInvalidProfile` gets them before, as they were sent.
 *
 * @throws {EngageError} `usage`
 * @example
 * ```ts
 * const rows = profilePages({ projectId, serviceAccount: { username, secret } })
 *   .pipeThrough(normalizeProfiles())
 *   .pipeThrough(dropProperties({ drop: ["$name", "$phone"], hash: ["$email"], key: "a secret of yours" }));
 * ```
 */
export function dropProperties(
  options: DropPropertiesOptions,
): TransformStream<PageResult<ProfileRow>, PageResult<ProfileRow>> {
  const rules = checkedRules(options, optionChecks("drop properties"));
  return new TransformStream({
    async transform(page, controller) {
      checkPage(page);
      controller.enqueue(page.status === "loaded" ? await editedPage(page, rules) : page);
    },
  });
}

async function editedPage(page: LoadedPage<ProfileRow>, rules: PropertyRules): Promise<LoadedPage<ProfileRow>> {
  const rows = await editedRows(page.rows, rules);
  const invalid = page.invalid?.map((profile) => ({ ...profile, bytes: NO_BYTES }));
  return { ...page, rows, ...(invalid && { invalid }) };
}

function checkedRules(options: DropPropertiesOptions, check: OptionChecks): PropertyRules {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) check.refuse(name, `must be left out, the options are ${OPTIONS.join(", ")}`);
  }
  const { drop, hash, key } = options;
  if (drop === undefined && hash === undefined) check.refuse("drop", "or `hash` must be a list of names");
  const drops = namesIn("drop", drop, check);
  const hashes = namesIn("hash", hash, check);
  const twice = hashes.find((name) => drops.includes(name));
  if (twice !== undefined) check.refuse("hash", "must not name a property that `drop` names too", twice);
  const keyBytes = key === undefined && hash === undefined ? undefined : bytesOf(key, check);
  return {
    drops: drops.map(tokenOf),
    hashes: hashes.map(tokenOf),
    hash: keyBytes && hash ? keyedHash(keyBytes) : () => Promise.reject(new Error("There is no key")),
  };
}

function namesIn(option: string, names: readonly string[] | undefined, check: OptionChecks): readonly string[] {
  if (names === undefined) return [];
  if (!Array.isArray(names) || names.length === 0) check.refuse(option, "must be a list of at least one name");
  for (const name of names) {
    if (check.text(option, name) !== "$distinct_id") continue;
    check.refuse(option, "must not name what tells the profiles apart", name);
  }
  return [...names];
}

/** A copy of the key, which no message shows. */
function bytesOf(key: unknown, check: OptionChecks): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array();
  if (typeof key === "string") bytes = encoder.encode(key);
  else if (key instanceof ArrayBuffer) bytes = new Uint8Array(key.slice());
  else if (key instanceof Uint8Array) bytes = Uint8Array.from(key);
  if (bytes.length > 0) return bytes;
  return check.refuse("key", "must be text or bytes, and not empty, for values to be hashed");
}

function tokenOf(name: string): Uint8Array {
  return encoder.encode(JSON.stringify(name));
}
