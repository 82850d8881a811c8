const SCHEME = "s3://";

/** Whether `--out` names an object store. */
export function isObjectStore(out: string): boolean {
  return out.toLowerCase().startsWith(SCHEME);
}

/** The bucket and the prefix of `s3://BUCKET/PREFIX/`. */
export function bucketOf(out: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = "", ...prefix] = out.slice(SCHEME.length).split("/");
  return { bucket, prefix: prefix.join("/") };
}
