import { describe, expect, it } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { simulatorEnv } from "../../helpers/cli-run.ts";
import { served, spawnCommand } from "../../helpers/cli-spawn.ts";
import { startProxy } from "../../helpers/proxy-server.ts";
import { startTcp } from "../../helpers/tcp-server.ts";
import { AUTHORITY, startTls } from "../../helpers/tls-server.ts";

/** A proxy behind which mixpanel.com is a simulator. */
async function simulatedMixpanel(credentials: string) {
  const simulator = engageSimulator({ profiles: 450, pageSize: 100 });
  const { MP_API_BASE_URL = "" } = await served(simulator);
  const port = await startTls(MP_API_BASE_URL);
  const proxy = await startProxy({ credentials }, { port });
  return { simulator, proxy, env: { ...simulatorEnv(simulator), NODE_EXTRA_CA_CERTS: AUTHORITY } };
}

describe("the command behind a proxy", () => {
  it("reaches Mixpanel through its tunnels alone, and ends when it is done", async () => {
    const { simulator, proxy, env } = await simulatedMixpanel("me:hunter2-hunter2");
    const https_proxy = proxy.url.replace("://", "://me:hunter2-hunter2@");
    const { ended } = spawnCommand(["--verbose"], { env: { ...env, https_proxy } });
    const { code, stdout, stderr } = await ended;
    expect(stderr).toContain("page 4: 200");
    expect([code, stdout.split("\n").length - 1]).toEqual([0, 450]);
    expect(simulator.requestCount).toBe(5);
    expect(new Set(proxy.requests)).toEqual(new Set(["mixpanel.com:443"]));
    expect(stderr).not.toContain("hunter2");
  });

  it("says that the proxy refuses, and shows no password", async () => {
    const { proxy, env } = await simulatedMixpanel("me:hunter2-hunter2");
    const HTTPS_PROXY = proxy.url.replace("://", "://me:hunter3-hunter3@");
    const { ended } = spawnCommand(["--verbose"], { env: { ...env, HTTPS_PROXY } });
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([1, ""]);
    const message = `The proxy ${proxy.host} (HTTPS_PROXY) does not accept the credentials in its address, or needs some: HTTP 407`;
    expect(stderr).toContain(`page 0: ${message}`);
    expect(stderr).toContain(`error: ${message}\n`);
    expect(stderr).not.toContain("hunter");
    expect(proxy.requests).toHaveLength(1);
  });

  it("exits with 2 when the proxy cannot be used", async () => {
    const { env } = await simulatedMixpanel("");
    const { ended } = spawnCommand([], { env: { ...env, HTTPS_PROXY: "socks5://me:hunter2@proxy.example" } });
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: Cannot use the proxy of HTTPS_PROXY, .*socks5:\/\/proxy.example\n$/);
  });

  it("ends when its own time is over, though a proxy never answers", async () => {
    const silent = await startTcp(() => {});
    const { env } = await simulatedMixpanel("");
    const HTTPS_PROXY = `http://${silent.host}`;
    const { ended } = spawnCommand(["--timeout", "1", "--max-retries", "0"], { env: { ...env, HTTPS_PROXY } });
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("No whole answer within 1 s")]);
    expect(silent.connections()).toBe(1);
  });
});
