// An S3 server with a bucket `bench` in a process of its own; tells its port, and ends with its parent.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const S3rver = createRequire(import.meta.url)("s3rver");
const directory = mkdtempSync(join(tmpdir(), "engage-export-bench-"));
const server = new S3rver({ directory, port: 0, silent: true, configureBuckets: [{ name: "bench" }] });
const { port } = await server.run();
process.send({ port });
process.on("disconnect", () => {
  rmSync(directory, { recursive: true });
  process.exit();
});
