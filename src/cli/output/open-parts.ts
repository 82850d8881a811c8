import { EngageError, isEngageError } from "../../engage-error.ts";
import { type ColumnParts, directoryStore, type PartStore, partFiles, s3Store } from "../../files.ts";
import { cleanSetting } from "../accounts/clean-setting.ts";
import { networkFetch } from "../network/command-fetch.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OutputIO, OutputPlan, PartsPlan } from "./formats.ts";
import { bucketOf, isObjectStore } from "./object-store-url.ts";
import type { OpenOutput } from "./open-output.ts";
import { inAskedProperties, sinkOptions } from "./sink-options.ts";

/** Opens a directory or an object store for part files. */
export async function openParts(
  plan: OutputPlan,
  { format, profilesPerFile, workingDirectory }: PartsPlan,
  io: OutputIO,
  messages: Messages,
): Promise<OpenOutput> {
  const { path = "", gzip, raw, mode } = plan;
  const store = isObjectStore(path) ? objectStore(path, workingDirectory, io) : directoryStore(path);
  const fresh = mode === "replace" ? "replace" : "create";
  const shared = { store, profilesPerFile, ...sinkOptions(plan, fresh, messages) };
  const sink = await (format === "ndjson"
    ? partFiles({ ...shared, gzip, raw })
    : columnParts(format, plan)
        .then((columns) => partFiles({ ...shared, format: columns }))
        .catch(inAskedProperties));
  return { sink, resumable: true, holdsStdout: false, destination: store.name };
}

/** Loaded for columns only: DuckDB takes 70 MB on the disk and a moment to start. */
async function columnParts(format: "parquet" | "csv", { columns, gzip }: OutputPlan): Promise<ColumnParts> {
  const { csvParts, parquetParts } = await import("../../duckdb.ts");
  return format === "csv" ? csvParts({ ...columns, gzip }) : parquetParts(columns);
}

/** The place that each option of the store comes from. */
const NAMES: Readonly<Record<string, string>> = {
  bucket: "the bucket of --out",
  prefix: "the prefix of --out",
  region: "AWS_REGION",
  endpoint: "AWS_ENDPOINT_URL",
  accessKeyId: "AWS_ACCESS_KEY_ID",
  secretAccessKey: "AWS_SECRET_ACCESS_KEY",
  sessionToken: "AWS_SESSION_TOKEN",
};

function objectStore(out: string, workingDirectory: string | undefined, { env, stderr }: OutputIO): PartStore {
  const endpoint = cleanSetting(env.AWS_ENDPOINT_URL_S3) ?? cleanSetting(env.AWS_ENDPOINT_URL);
  const { accessKeyId, secretAccessKey, region } = keysOf(env, out, endpoint !== undefined);
  const sessionToken = cleanSetting(env.AWS_SESSION_TOKEN);
  for (const secret of [secretAccessKey, sessionToken]) stderr.hide(secret);
  const fetch = networkFetch(env, endpoint ?? "https://s3.amazonaws.com");
  try {
    const keys = { accessKeyId, secretAccessKey, sessionToken };
    return s3Store({ ...bucketOf(out), region, endpoint, ...keys, workingDirectory, fetch });
  } catch (error) {
    if (!isEngageError(error, "usage")) throw error;
    const message = error.message.replace(/`(\w+)`/, (word, option: string) => NAMES[option] ?? word);
    throw new EngageError("usage", message, { cause: error });
  }
}

/** @throws {EngageError} `usage`, naming all variables that are missing */
function keysOf(env: OutputIO["env"], out: string, hasEndpoint: boolean) {
  const accessKeyId = cleanSetting(env.AWS_ACCESS_KEY_ID);
  const secretAccessKey = cleanSetting(env.AWS_SECRET_ACCESS_KEY);
  const region = cleanSetting(env.AWS_REGION);
  const missing = [
    accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : undefined,
    secretAccessKey === undefined ? "AWS_SECRET_ACCESS_KEY" : undefined,
    // A server other than Amazon's has one region, or takes any.
    region === undefined && !hasEndpoint ? "AWS_REGION" : undefined,
  ].filter((name) => name !== undefined);
  if (accessKeyId !== undefined && secretAccessKey !== undefined && missing.length === 0) {
    return { accessKeyId, secretAccessKey, region };
  }
  const message = `Cannot write there, ${missing.join(", ")} must be set for an object store: ${out}`;
  throw new EngageError("usage", message);
}
