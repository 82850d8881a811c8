import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = "/usr/lib/postgresql";

/** Starts the newest Postgres of Debian's packages as it comes, reached by its socket; undefined if there is none. */
export async function startPostgres() {
  const [version] = existsSync(ROOT) ? readdirSync(ROOT).sort((one, other) => Number(other) - Number(one)) : [];
  if (version === undefined) return undefined;
  const bin = join(ROOT, version, "bin");
  const directory = mkdtempSync(join(tmpdir(), "engage-export-bench-"));
  const owner = unprivileged();
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "bench", "-E", "UTF8", "--locale=C"], {
    ...owner,
    stdio: "ignore",
  });
  const options = ["-c", "listen_addresses=", "-c", `unix_socket_directories=${directory}`];
  const child = spawn(join(bin, "postgres"), ["-D", data, ...options], {
    ...owner,
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const text of child.stderr) if (String(text).includes("ready to accept connections")) break;
  return {
    psql: join(bin, "psql"),
    database: `postgres:///postgres?host=${encodeURIComponent(directory)}&user=bench`,
    async stop() {
      child.kill("SIGINT");
      await once(child, "exit");
      rmSync(directory, { recursive: true });
    },
  };
}

/** The server refuses to run as root. */
function unprivileged() {
  if (process.getuid() !== 0) return undefined;
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
