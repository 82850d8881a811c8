import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../helpers/free-port.ts";

/** OpenStack Swift with its `s3api`, on loopback: one device, one copy. */
export interface SwiftServer {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const KEYS = { accessKeyId: "test:tester", secretAccessKey: "testing" };
const STORAGE = ["account", "container", "object"] as const;

/** Starts the five processes that it needs, in a directory of their own. */
export async function startSwift(): Promise<SwiftServer> {
  const root = mkdtempSync(join(tmpdir(), "engage-swift-"));
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(root, { recursive: true, force: true });
  };
  try {
    mkdirSync(join(root, "devices/disk"), { recursive: true });
    writeFileSync(join(root, "swift.conf"), "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n");
    const [cache, proxy] = [await freePort(), await freePort()];
    children.push(start(root, "memcached", ["-p", `${cache}`, "-l", "127.0.0.1", "-u", userName()]));
    const ports = [cache, proxy];
    for (const kind of STORAGE) {
      const port = await freePort();
      ports.push(port);
      makeRing(root, kind, port);
      children.push(start(root, `swift-${kind}-server`, [configure(root, kind, port, storageConf(root, kind))]));
    }
    children.push(start(root, "swift-proxy-server", [configure(root, "proxy", proxy, proxyConf(cache))]));
    for (const port of ports) await listening(port);
    return { endpoint: `http://127.0.0.1:${proxy}`, ...KEYS, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function start(root: string, command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { cwd: root, stdio: "ignore" });
}

function makeRing(root: string, kind: string, port: number): void {
  const ring = (...args: string[]) =>
    execFileSync("swift-ring-builder", [join(root, `${kind}.builder`), ...args], { cwd: root, stdio: "ignore" });
  ring("create", "4", "1", "0");
  ring("add", `r1z1-127.0.0.1:${port}/disk`, "1");
  ring("rebalance");
}

function configure(root: string, kind: string, port: number, rest: string): string {
  const path = join(root, `${kind}.conf`);
  const common = `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userName()}
swift_dir = ${root}
devices = ${join(root, "devices")}
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
log_level = ERROR
`;
  writeFileSync(path, common + rest);
  return path;
}

function storageConf(root: string, kind: string): string {
  return `
[pipeline:main]
pipeline = ${kind}-server

[app:${kind}-server]
use = egg:swift#${kind}
recon_cache_path = ${root}
`;
}

function proxyConf(cache: number): string {
  return `
[pipeline:main]
pipeline = catch_errors cache s3api tempauth proxy-server

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${cache}

[filter:s3api]
use = egg:swift#s3api

[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = ${KEYS.secretAccessKey} .admin

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
`;
}

function userName(): string {
  return execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await wait(100);
  }
  throw new Error(`A process of Swift does not listen on port ${port}`);
}
