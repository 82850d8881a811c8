import { describe, expect, test } from "vitest";
import { exportProfiles, profilePages } from "../../src/index.ts";

const query = { host: "https://mixpanel.com", projectId: "1" };
const session = { sessionId: "s", total: 10, pageSize: 5, totalPages: 2, query };
const whole = { session, nextPage: 1, failedPages: [0] };

describe("isCheckpoint", () => {
  test.each([
    null,
    "s",
    {},
    { ...whole, session: null },
    { ...whole, session: { ...session, query: undefined } },
    { ...whole, session: { ...session, pageSize: "5" } },
    { ...whole, nextPage: -1 },
    { ...whole, nextPage: 0.5 },
    { ...whole, failedPages: undefined },
    { ...whole, failedPages: ["0"] },
    { ...whole, failedPages: [1] },
  ])("what is no checkpoint is refused before anything is requested: %j", async (resume) => {
    const options = {
      projectId: 1,
      serviceAccount: { username: "user", secret: "secret" },
      resume: resume as never,
      fetch: () => expect.unreachable(),
    };
    const error = expect.objectContaining({ code: "usage", message: expect.stringMatching(/^Cannot resume, /) });
    expect(() => profilePages(options)).toThrow(error);
    await expect(exportProfiles({ ...options, sink: new WritableStream() })).rejects.toEqual(error);
  });
});
