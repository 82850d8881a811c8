import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { startProxy } from "../../helpers/proxy-server.ts";
import { profileLines, profileTexts } from "../suite/profiles.ts";
import { simulated } from "../suite/simulated.ts";
import { runScript } from "./run-script.ts";

const cli = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** Runs the command against a simulator of 450 profiles on 5 pages. */
async function run(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { account } = await simulated({ profiles: profileTexts(450), pageSize: 100 });
  const credentials = {
    MP_API_BASE_URL: account.baseUrl,
    MP_PROJECT_ID: account.projectId,
    MP_USERNAME: account.serviceAccount.username,
    MP_SECRET: account.serviceAccount.secret,
  };
  return runScript(cli, { args, env: { ...credentials, ...env } });
}

describe("the built command behind a proxy", () => {
  test.each(["HTTP_PROXY", "http_proxy"])("sends every request through the one of %s", async (name) => {
    const proxy = await startProxy({ credentials: "me:hunter2" });
    const outcome = await run({ [name]: proxy.url.replace("://", "://me:hunter2@") });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: profileLines(0, 450) });
    expect(proxy.requests).toHaveLength(5);
  });

  test.each(["NO_PROXY", "no_proxy"])("goes past it where %s says so", async (name) => {
    const proxy = await startProxy();
    expect(await run({ HTTP_PROXY: proxy.url, [name]: "127.0.0.1" })).toMatchObject({ exitCode: 0 });
    expect(proxy.requests).toEqual([]);
  });

  test("says when it asks for credentials", async () => {
    const proxy = await startProxy({ credentials: "me:hunter2" });
    const { exitCode, stderr } = await run({ HTTP_PROXY: proxy.url });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The proxy ${proxy.host} (HTTP_PROXY) does not accept the credentials`);
  });

  test.each([
    [407, "does not accept the credentials"],
    [403, "refuses to connect to eu.mixpanel.com"],
  ])("says when it opens no tunnel: %i", async (refuseWith, words) => {
    const proxy = await startProxy({ refuseWith });
    const env = { HTTPS_PROXY: proxy.url.replace("://", "://me:hunter2@"), MP_API_BASE_URL: "", MP_REGION: "eu" };
    const { exitCode, stderr } = await run(env, ["--max-retries", "0"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The proxy ${proxy.host} (HTTPS_PROXY) ${words}`);
    expect(stderr).not.toContain("hunter2");
    expect(proxy.requests).toEqual(["eu.mixpanel.com:443"]);
  });

  test("says when it cannot be reached", async () => {
    const env = { HTTPS_PROXY: "http://me:hunter2@127.0.0.1:9", MP_API_BASE_URL: "" };
    const { exitCode, stderr } = await run(env, ["--max-retries", "0"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("The proxy 127.0.0.1:9 (HTTPS_PROXY) cannot be reached: ");
    expect(stderr).not.toContain("hunter2");
  });
});
