import { createHash, createHmac } from "node:crypto";
import {
  type DropPropertiesOptions,
  dropProperties,
  type ExportProfilesOptions,
  type OutputShape,
} from "../../index.ts";
import { cleanSetting } from "../accounts/clean-setting.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import { type ExportArguments, exportOptions } from "../arguments/export-options.ts";
import { readValue } from "../arguments/option-values.ts";
import type { CommandIO } from "../command-io.ts";

/** What an export does to properties on their way. */
export interface PropertyRules {
  readonly transforms: ExportProfilesOptions["transforms"];
  /** Fingerprints of it: neither the names nor the key may stand beside the output. */
  readonly shape: OutputShape;
}

/**
 * What `--drop-properties` and `--hash-properties` say; the key comes from the environment, since a flag shows in the process
 * list.
 *
 * @throws {EngageError} `usage`
 */
export function propertyRules(given: ExportArguments, env: CommandIO["env"]): PropertyRules {
  const drop = namesOf("drop-properties", given);
  const hash = namesOf("hash-properties", given);
  if (drop === undefined && hash === undefined) return { transforms: [], shape: {} };
  const key = hash && cleanSetting(env.MP_HASH_KEY);
  if (hash !== undefined && key === undefined) {
    throw new ArgumentsError("--hash-properties needs the key of the hashes in the variable MP_HASH_KEY");
  }
  const options: DropPropertiesOptions = { drop, hash, key };
  // Refuses what cannot be done before anything is opened.
  dropProperties(options);
  const shape = { drop: namesPrint(drop), hash: namesPrint(hash), key: key && keyPrint(key) };
  return { transforms: [() => dropProperties(options)], shape };
}

function namesOf(flag: "drop-properties" | "hash-properties", given: ExportArguments): readonly string[] | undefined {
  const value = given[flag];
  return value && (readValue(`--${flag}`, exportOptions[flag], value) as readonly string[]);
}

function namesPrint(names: readonly string[] | undefined): string | undefined {
  return names && fingerprint(createHash("sha256").update(JSON.stringify([...new Set(names)].sort())));
}

function keyPrint(key: string): string {
  return fingerprint(createHmac("sha256", key).update("engage-export"));
}

function fingerprint(hash: { digest(encoding: "hex"): string }): string {
  return hash.digest("hex").slice(0, 16);
}
