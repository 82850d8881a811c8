import { exportProfiles, isEngageError, normalizeProfiles, profilePages } from "engage-export";
import { describe, expect, test } from "vitest";
import { profileTexts } from "./profiles.ts";
import { simulated } from "./simulated.ts";

const profiles = profileTexts(450);
const never = { kind: "hang" } as const;

describe("a slow reader", () => {
  test("has nothing requested before it reads", async () => {
    const { account, pages } = await simulated({ profiles, pageSize: 100 });
    const stream = profilePages(account);
    await new Promise((resolve) => setTimeout(resolve));
    expect(await pages()).toEqual([]);
    await stream.cancel();
  });

  test("slows the requests down", async () => {
    const { account, pages, idle } = await simulated({ profiles, pageSize: 10 });
    const reader = profilePages({ ...account, concurrency: 2 }).getReader();
    const ahead: number[] = [];
    for (let read = 1; read <= 5; read += 1) {
      await reader.read();
      await idle();
      ahead.push((await pages()).length - read);
    }
    // Page 0 alone, then never more ahead than a window of twice the concurrency.
    expect(ahead[0]).toBe(0);
    expect(Math.max(...ahead)).toBe(4);
    await reader.cancel();
  });
});

describe("everything ends, and no request is left under way,", () => {
  test("when the reader leaves", async () => {
    const { account, idle, pages } = await simulated({
      profiles,
      pageSize: 100,
      faults: [
        { page: 2, fault: never },
        { page: 3, fault: never },
      ],
    });
    const reader = profilePages(account).getReader();
    await reader.read();
    await reader.read();
    await reader.cancel("enough");
    await idle();
    expect((await pages()).length).toBeLessThanOrEqual(5);
  });

  test.each([
    ["before the first response", { page: 0, fault: never }],
    ["while a later page is awaited", { page: 3, fault: never }],
    ["in the middle of a body", { page: 1, fault: { kind: "stall" } }],
  ] as const)("when the signal fires %s", async (_, rule) => {
    const { account, idle, faulted } = await simulated({ profiles, pageSize: 100, faults: [rule] });
    const abort = new AbortController();
    const reason = new Error("changed my mind");
    const pipe = profilePages({ ...account, signal: abort.signal })
      .pipeThrough(normalizeProfiles())
      .pipeTo(new WritableStream());
    pipe.catch(() => {});
    await faulted(rule.fault.kind);
    abort.abort(reason);
    await expect(pipe).rejects.toBe(reason);
    await idle();
  });

  test("when the sink fails", async () => {
    const { account, idle } = await simulated({ profiles, pageSize: 100, faults: [{ page: 4, fault: never }] });
    const sink = new WritableStream({
      write() {
        throw new Error("broken sink");
      },
    });
    await expect(exportProfiles({ ...account, sink })).rejects.toThrow("broken sink");
    await idle();
  });

  test("when the credentials are refused", async () => {
    const { account, idle, pages } = await simulated({ profiles, pageSize: 100 });
    const serviceAccount = { ...account.serviceAccount, secret: "not-it" };
    const outcome = await exportProfiles({ ...account, serviceAccount, sink: new WritableStream() }).catch((e) => e);
    expect(isEngageError(outcome, "unauthorized")).toBe(true);
    expect(String(outcome.stack)).not.toContain("not-it");
    await idle();
    expect(await pages()).toHaveLength(1);
  });
});
