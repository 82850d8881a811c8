import { describe, expect, test, vi } from "vitest";
import { exportProfiles } from "../../../src/export/export-profiles.ts";
import { type PartFilesOptions, partFiles, s3Store } from "../../../src/files.ts";
import { engageSimulator } from "../../../src/simulator.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { MemoryStore } from "../../helpers/part-store.ts";
import { refusal, type S3Answerer, startS3 } from "../../helpers/s3-server.ts";

const never = () => new Promise<never>(() => {});
const bytes = new TextEncoder().encode("abc");
const unavailable: S3Answerer = (request, response) => {
  // Read to its end, or the client would see a reset.
  request.resume().on("end", () => refusal(response, 503, "SlowDown"));
  return true;
};

describe("s3Store", () => {
  test.each(["people", "/a b/ü+(1)*/", ""])("puts, lists, reads and removes objects below %j", async (prefix) => {
    const { options } = await startS3();
    const store = s3Store({ ...options, prefix });
    await store.put("x_1.json", bytes);
    await store.put("y", new Uint8Array());
    await s3Store({ ...options, prefix: `${prefix}/deeper` }).put("z", bytes);
    expect([...(await store.list())].sort()).toEqual(["deeper/", "x_1.json", "y"]);
    expect(new TextDecoder().decode(await store.get("x_1.json"))).toBe("abc");
    expect(await store.get("nothing")).toBeUndefined();
    await store.delete("y");
    await store.delete("y");
    expect([...(await store.list())].sort()).toEqual(["deeper/", "x_1.json"]);
  });

  test("reads a list that comes in pages", async () => {
    const { options } = await startS3((request, response) => {
      const isFirst = !request.url?.includes("continuation-token=more%2F");
      const item = `<Contents><Key>people/${isFirst ? "a&amp;b&#x41;" : "c"}</Key><Size>1</Size></Contents>`;
      const next = isFirst ? "<NextContinuationToken>more/</NextContinuationToken>" : "";
      response.end(`<ListBucketResult><Prefix>people/</Prefix>${item}${next}</ListBucketResult>`);
      return true;
    });
    expect(await s3Store(options).list()).toEqual(["a&bA", "c"]);
  });

  test.each([
    ["the same tokens", (nth: number) => nth % 3, "", 4],
    ["the same objects", (nth: number) => nth, "<Contents><Key>people/a</Key></Contents>", 2],
  ])("does not go on with a list that never ends, and gives %s", async (_, tokenOf, objects, asked) => {
    let requests = 0;
    const { options } = await startS3((_, response) => {
      const next = `<NextContinuationToken>${tokenOf(requests++)}</NextContinuationToken>`;
      response.end(`<ListBucketResult>${objects}${next}</ListBucketResult>`);
      return true;
    });
    const { code, message } = await errorOf(() => s3Store(options).list());
    expect([code, message]).toEqual(["write-failed", expect.stringContaining("its list of objects never ends")]);
    expect(requests).toBe(asked);
  });

  test("does not take for an empty list what is none", async () => {
    const { options } = await startS3((_, response) => {
      response.end("<html>Sign in</html>");
      return true;
    });
    const { code, message } = await errorOf(() => s3Store(options).list());
    expect([code, message]).toEqual(["write-failed", expect.stringContaining("something else than S3 does")]);
  });

  test("says the checksum of what it sends", async () => {
    const seen: unknown[] = [];
    const { options } = await startS3(({ headers }) => {
      seen.push([headers["content-md5"], headers["x-amz-content-sha256"]]);
      return false;
    });
    await s3Store(options).put("x", bytes);
    expect(seen).toEqual([
      ["kAFQmDzST7DWlj99KOF/cg==", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ]);
  });

  test.each([
    [403, "InvalidAccessKeyId", "it does not know the access key"],
    [403, "SignatureDoesNotMatch", "the secret access key is wrong"],
    [403, "AccessDenied", "the access key has no permission to list, read, write or delete there"],
    [400, "ExpiredToken", "the session token has expired"],
    [404, "NoSuchBucket", "there is no such bucket"],
    [418, "Teapot", "it answered Teapot, HTTP 418"],
  ])("says in words what %d %s means, without the key", async (status, code, reason) => {
    const { options } = await startS3((_, response) => refusal(response, status, code));
    const store = s3Store(options);
    for (const act of [
      () => store.put("x", bytes),
      () => store.list(),
      () => store.get("x"),
      () => store.delete("x"),
    ]) {
      const error = await errorOf(act);
      expect(error).toMatchObject({ code: "write-failed", status });
      expect(error.message).toBe(`Cannot use the object store, ${reason}: s3://team/people/`);
      expect(JSON.stringify([error, store])).not.toMatch(/AKIDEXAMPLE|S3RVER/);
    }
  });

  test("names the region that a bucket is in", async () => {
    const message = "Cannot use the object store, the bucket is in another region, eu-central-1: s3://team/people/";
    const byHeader = await startS3((_, response) =>
      refusal(response, 301, "PermanentRedirect", "", { "x-amz-bucket-region": "eu-central-1" }),
    );
    expect((await errorOf(() => s3Store(byHeader.options).list())).message).toBe(message);
    const byBody = await startS3((_, response) =>
      refusal(response, 400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"),
    );
    expect((await errorOf(() => s3Store(byBody.options).list())).message).toBe(message);
  });

  test("a real server's answers to a wrong key and a missing bucket are understood", async () => {
    const { options } = await startS3();
    const messageOf = async (wrong: object) => (await errorOf(() => s3Store({ ...options, ...wrong }).list())).message;
    expect(await messageOf({ accessKeyId: "NOBODY" })).toContain("it does not know the access key");
    expect(await messageOf({ bucket: "nobody" })).toContain("there is no such bucket: s3://nobody/people/");
  });

  test("repeats what may pass, and gives up in words", async () => {
    let failures = 2;
    const { options, requests } = await startS3((request, response, nth) => {
      if (failures-- <= 0) return false;
      if (nth === 1) return request.socket.destroy() && true;
      return unavailable(request, response, nth);
    });
    await s3Store(options).put("x", bytes);
    expect(requests).toHaveLength(3);
    failures = 2;
    const error = await errorOf(() => s3Store({ ...options, maxRetries: 1 }).put("x", bytes));
    expect(error.message).toBe("Cannot use the object store, it asked for fewer requests: s3://team/people/");
    const endpoint = "http://127.0.0.1:4";
    const refused = await errorOf(() => s3Store({ ...options, endpoint, maxRetries: 0 }).list());
    expect(refused.message).toBe(
      "Cannot use the object store, the connection failed: s3://team/people/ (ECONNREFUSED 127.0.0.1:4)",
    );
    const stuck = await startS3(() => true);
    const late = await errorOf(() => s3Store({ ...stuck.options, timeout: 20, maxRetries: 0 }).list());
    expect(late.message).toContain("(no answer within 0.02 s)");
    for (const fetch of [never, async () => ({ status: 200, headers: new Headers(), arrayBuffer: never })]) {
      const deaf = await errorOf(() => s3Store({ ...stuck.options, timeout: 20, maxRetries: 0, fetch }).list());
      expect(deaf.message).toContain("(no answer within 0.02 s)");
    }
  });

  test("asks Amazon by the bucket's own name, and by a path if that has dots", async () => {
    const urls: string[] = [];
    const fetch = async (url: string) => {
      urls.push(url);
      return new Response("<ListBucketResult/>");
    };
    const keys = { accessKeyId: "a", secretAccessKey: "b", fetch };
    await s3Store({ ...keys, bucket: "team", region: "eu-central-1" }).list();
    await s3Store({ ...keys, bucket: "team.example.org", region: "cn-north-1" }).list();
    expect(urls.map((url) => url.split("?")[0])).toEqual([
      "https://team.s3.eu-central-1.amazonaws.com/",
      "https://s3.cn-north-1.amazonaws.com.cn/team.example.org/",
    ]);
  });

  test.each([
    [{ bucket: "a/b" }, "`bucket` must be the name of a bucket"],
    [{ prefix: "a/../b" }, "`prefix` must hold no . or .."],
    [{ region: "eu central" }, "`region` must be the name of a region"],
    [{ endpoint: "ftp://x" }, "`endpoint` must be an http or https URL"],
    [{ endpoint: "http://a:hush@x" }, "`endpoint` must hold no user name or password"],
    [{ accessKeyId: "" }, "`accessKeyId` must be text"],
    [{ secretAccessKey: "hush hush" }, "`secretAccessKey` must be text"],
    [{ sessionToken: "hush\n" }, "`sessionToken` must be text"],
    [{ maxRetries: -1 }, "`maxRetries` must be a whole number"],
    [{ timeout: 0 }, "`timeout` must be a whole number of milliseconds"],
  ])("checks its options: %j", (wrong, message) => {
    const error = errorOf(() => s3Store({ bucket: "team", accessKeyId: "a", secretAccessKey: "b", ...wrong }));
    expect([error.code, error.message]).toEqual(["usage", expect.stringContaining(message)]);
    expect(error.message).not.toContain("hush");
  });
});

describe("partFiles into s3Store", () => {
  const simulator = () => engageSimulator({ profiles: 300, pageSize: 50 });

  async function exported(options: PartFilesOptions, fetch = simulator()) {
    const { projectId, serviceAccount } = fetch;
    const sink = await partFiles({ profilesPerFile: 100, ...options });
    return exportProfiles({ projectId, serviceAccount, fetch, sink });
  }

  /** Everything in the store, as a reader sees it. */
  async function copied(store: ReturnType<typeof s3Store>): Promise<MemoryStore> {
    const copy = new MemoryStore();
    for (const name of await store.list()) copy.files.set(name, (await store.get(name)) ?? new Uint8Array());
    return copy;
  }

  test("ends complete though every third request is answered with 503", async () => {
    // The shortest waits that jitter allows.
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { options } = await startS3((request, response, nth) => nth % 3 === 0 && unavailable(request, response, nth));
    const store = s3Store(options);
    expect(await exported({ store })).toMatchObject({ totalRows: 300, complete: true });
    const copy = await copied(store);
    expect(new Set(copy.ids).size).toBe(300);
    expect(copy.parts).toHaveLength(3);
    await exported({ store, mode: "replace" });
    const replaced = await copied(store);
    expect([new Set(replaced.ids).size, replaced.files.size]).toEqual([300, 4]);
  });

  test("a store that refuses what is written ends in words before anything is requested, and holds no mark", async () => {
    const { options } = await startS3(
      (request, response) => request.method === "PUT" && refusal(response, 403, "AccessDenied"),
    );
    const store = s3Store(options);
    const fetch = simulator();
    const error = await errorOf(() => exported({ store }, fetch));
    expect([error.code, error.message]).toEqual(["write-failed", expect.stringContaining("no permission")]);
    expect([fetch.requestCount, await store.list()]).toEqual([0, []]);
  });

  test("a store that refuses later leaves no mark, and what it took is gone on from", async () => {
    let puts = 0;
    let refuses = true;
    const { options } = await startS3((request, response) => {
      if (request.method === "PUT") puts++;
      return refuses && puts > 4 && request.method === "PUT" && refusal(response, 403, "AccessDenied");
    });
    const store = s3Store(options);
    const fetch = simulator();
    expect((await errorOf(() => exported({ store }, fetch))).message).toContain("no permission");
    expect((await copied(store)).ids).toBeUndefined();
    refuses = false;
    const sink = await partFiles({ store, profilesPerFile: 100, mode: "resume" });
    expect(sink.checkpoint).toMatchObject({ nextPage: 2 });
    const { projectId, serviceAccount } = fetch;
    expect(await exportProfiles({ projectId, serviceAccount, fetch, sink })).toMatchObject({ complete: true });
    expect(new Set((await copied(store)).ids).size).toBe(300);
  });
});
