import { optionChecks } from "../../option.ts";
import { isMissing, listing, s3Failure, unusable } from "./object-answers.ts";
import { type S3Answer, S3Client, type S3Fetch } from "./object-client.ts";
import type { PartStore } from "./part-store.ts";

/** Which bucket, and who may write it. */
export interface S3StoreOptions {
  readonly bucket: string;
  /** What the names of all objects begin with, as a directory; a `/` at its end may be left out. */
  readonly prefix?: string | undefined;
  /** @default "us-east-1" */
  readonly region?: string | undefined;
  /** The address of a server other than Amazon's. */
  readonly endpoint?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Where the rows of Parquet and CSV parts collect until they are written. @default the current directory */
  readonly workingDirectory?: string | undefined;
  /** How often a request is repeated. @default 5 */
  readonly maxRetries?: number | undefined;
  /** Milliseconds for one request, its body included. @default 300_000 */
  readonly timeout?: number | undefined;
  /** Instead of the runtime's own. */
  readonly fetch?: S3Fetch | undefined;
}

/**
 * An object store for {@link partFiles}: Amazon S3, or a server that speaks its protocol (R2, B2, MinIO, Ceph, GCS with HMAC keys).
 * Every object goes by one PUT that says the checksum of its content, which the store verifies.
 *
 * @throws {EngageError} `usage`
 * @example
 * ```ts
 * const store = s3Store({ bucket: "team", prefix: "profiles", region: "eu-central-1", accessKeyId, secretAccessKey });
 * console.log(store.name); // s3://team/profiles/
 * ```
 */
export function s3Store(options: S3StoreOptions): PartStore {
  const { prefix = "", workingDirectory } = options;
  const check = optionChecks("open the object store");
  const bucket = check.text("bucket", options.bucket);
  if (!/^[a-z0-9][a-z0-9.-]{1,62}$/i.test(bucket)) check.refuse("bucket", "must be the name of a bucket", bucket);
  if (typeof prefix !== "string" || prefix.includes("\0")) check.refuse("prefix", "must be text", prefix);
  const path = prefix.split("/").filter((part) => part !== "");
  if (path.some((part) => part === "." || part === ".."))
    check.refuse("prefix", "must hold no . or .. as a part", prefix);
  const root = path.map((part) => `${part}/`).join("");
  const name = `s3://${bucket}/${root}`;
  if (workingDirectory !== undefined) check.text("workingDirectory", workingDirectory);
  const client = new S3Client(bucket, name, options);
  const object = (file: string): string => `${root}${file}`;
  const orFail = (answer: S3Answer): S3Answer => {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw s3Failure(answer, name);
  };
  const endless = () => unusable("its list of objects never ends", name);
  return {
    name,
    workingDirectory,
    async put(file, bytes) {
      orFail(await client.send("PUT", object(file), { body: bytes }));
    },
    async get(file) {
      const answer = await client.send("GET", object(file));
      return isMissing(answer) ? undefined : orFail(answer).body;
    },
    async list() {
      const names = new Set<string>();
      const asked = new Set<string | undefined>();
      let token: string | undefined;
      do {
        if (asked.has(token)) throw endless();
        asked.add(token);
        const query = { "list-type": "2", prefix: root, delimiter: "/", ...(token && { "continuation-token": token }) };
        const page = listing(orFail(await client.send("GET", "", { query })), name);
        const known = names.size;
        for (const key of page.keys) names.add(key.slice(root.length));
        // Some servers give a new token with the same page each time.
        if (page.keys.length > 0 && names.size === known) throw endless();
        token = page.next;
      } while (token !== undefined);
      // Some tools make an object of the prefix itself, as if it were a directory.
      return [...names].filter((file) => file !== "");
    },
    async delete(file) {
      const answer = await client.send("DELETE", object(file));
      if (!isMissing(answer)) orFail(answer);
    },
  };
}
