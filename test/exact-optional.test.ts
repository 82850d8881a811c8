import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, onTestFinished, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** What the compiler says of a program that is as strict as it can be. */
async function errorsOf(program: string): Promise<readonly string[]> {
  // Inside the project, where its packages are found.
  const folder = await mkdtemp(join(root, "test/exact-optional-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "program.ts");
  await writeFile(file, program);
  const { options } = ts.parseJsonConfigFileContent(
    { ...ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config, include: [] },
    ts.sys,
    root,
  );
  const compiled = ts.createProgram([file], { ...options, exactOptionalPropertyTypes: true });
  return compiled
    .getSemanticDiagnostics(compiled.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

describe("profilePages", () => {
  test("takes options that may be undefined, under exactOptionalPropertyTypes too", async () => {
    const names = [
      "region",
      "workspaceId",
      "baseUrl",
      "where",
      "outputProperties",
      "distinctId",
      "groupId",
      "behaviors",
      "asOfTimestamp",
      "pageSize",
      "limit",
      "concurrency",
      "maxRetries",
      "timeout",
      "maxWait",
      "maxPageBytes",
      "resume",
      "signal",
      "fetch",
      "onWarning",
    ];
    const errors = await errorsOf(`
      import { type ProfilePagesOptions, profilePages } from "engage-export";
      type Maybe<Name extends keyof ProfilePagesOptions> = ProfilePagesOptions[Name] | undefined;
      declare const bearer: string;
      declare const serviceAccount: { username: string; secret: string };
      declare const maybe: { ${names.map((name) => `${name}: Maybe<"${name}">`).join("; ")} };
      profilePages({ projectId: 1, serviceAccount, ...maybe });
      profilePages({ projectId: 1, bearer, serviceAccount: undefined, ...maybe });
      declare const cohort: { cohortId: number | undefined; includeAllUsers: boolean | undefined };
      profilePages({ projectId: 1, serviceAccount, ...cohort, distinctIds: undefined as string[] | undefined });
      // @ts-expect-error one of them signs the requests
      profilePages({ projectId: 1, bearer, serviceAccount });
      // @ts-expect-error nobody signs the requests
      profilePages({ projectId: 1, bearer: undefined, serviceAccount: undefined });
    `);
    expect(errors).toEqual([]);
  }, 60_000);

  test("takes every kind of fetch as its option", async () => {
    const errors = await errorsOf(`
      import nodeFetch from "node-fetch";
      import { fetch as undiciFetch } from "undici";
      import { type EngageFetch, profilePages } from "engage-export";
      import { engageSimulator } from "engage-export/simulator";
      declare const account: { projectId: number; bearer: string };
      declare const typed: typeof globalThis.fetch;
      const traced: EngageFetch = (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-trace": "1" } });
      for (const fetch of [globalThis.fetch, typed, undiciFetch, nodeFetch, engageSimulator(), traced]) {
        profilePages({ ...account, fetch });
      }
      profilePages({ ...account, fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, a: "1" } }) });
      profilePages({ ...account, fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init) });
      profilePages({ ...account, fetch: (...args: Parameters<typeof fetch>) => fetch(...args) });
      // @ts-expect-error it answers
      profilePages({ ...account, fetch: () => {} });
    `);
    expect(errors).toEqual([]);
  }, 60_000);
});
