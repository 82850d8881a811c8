import { describe, expect, it } from "vitest";
import type { EngageFields } from "../../../src/source/query/engage-options.ts";
import { engageRequest } from "../../../src/source/query/engage-request.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { fakeTime, NOW } from "../../helpers/fake-time.ts";

fakeTime();

function request(options: Partial<EngageFields> = {}) {
  return engageRequest({ projectId: 1234567, serviceAccount: { username: "u", secret: "s" }, ...options });
}

/** The form as an object. */
function form(options: Partial<EngageFields> = {}): Record<string, string> {
  return Object.fromEntries(request(options).form);
}

/** Options as someone without a compiler may give them. */
function usage(options: object): string {
  const error = errorOf(() => request(options as Partial<EngageFields>));
  expect(error.code).toBe("usage");
  // The command says the flag of this name.
  expect(error.option).toBeOneOf(Object.keys(options));
  expect(error.message).toContain(`\`${error.option}\` must `);
  return error.message;
}

describe("the address", () => {
  it.each(["1234567", 1234567, " 1234567 "])("holds the project, %j, and nothing of the query", (projectId) => {
    const { url, query } = request({ projectId, where: "true", cohortId: 7 });
    expect(url).toBe("https://mixpanel.com/api/query/engage?project_id=1234567");
    expect(query.projectId).toBe("1234567");
  });

  it("holds the workspace too", () => {
    expect(request({ workspaceId: 42, region: "eu" }).url).toBe(
      "https://eu.mixpanel.com/api/query/engage?project_id=1234567&workspace_id=42",
    );
  });

  it.each([
    0,
    "0",
    -1,
    "-1",
    1.5,
    "1.5",
    "abc",
    "1e3",
    "0x10",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    "١",
    null,
    true,
  ])("refuses a project or workspace that is %j", (id) => {
    expect(usage({ projectId: id })).toContain("`projectId` must be a positive whole number");
    expect(usage({ workspaceId: id })).toContain("`workspaceId` must be a positive whole number");
  });
});

describe("the form", () => {
  it("is empty where nothing is asked for", () => {
    expect(form()).toEqual({});
  });

  it("holds every option", () => {
    expect(
      form({
        where: 'properties["plan"] == "pro"',
        cohortId: 12345,
        includeAllUsers: true,
        outputProperties: ["$email", "plan"],
        distinctIds: ["a", 2],
        groupId: "-1405123841946871899",
        asOfTimestamp: 1700000000,
        pageSize: 500,
        limit: 10,
      }),
    ).toEqual({
      where: 'properties["plan"] == "pro"',
      filter_by_cohort: '{"id":12345}',
      include_all_users: "true",
      output_properties: '["$email","plan"]',
      distinct_ids: '["a","2"]',
      data_group_id: "-1405123841946871899",
      as_of_timestamp: "1700000000",
      page_size: "500",
    });
  });

  it.each([12345, "12345", " 12345 ", "0012345"])(
    "sends a cohort as a number, and without ids that have no profile: %j",
    (cohortId) => {
      expect(form({ cohortId })).toEqual({ filter_by_cohort: '{"id":12345}', include_all_users: "false" });
    },
  );

  it.each(["abc", "", " ", 0, -5, "12,13", "1.0", null, Number.NaN, {}, [7, 8]])(
    "never becomes an unfiltered export for a cohort that is %j",
    (cohortId) => {
      expect(usage({ cohortId })).toContain("`cohortId` must be a positive whole number");
    },
  );

  it.each([false, true])("refuses includeAllUsers: %j without a cohort", (includeAllUsers) => {
    expect(usage({ includeAllUsers })).toContain("`includeAllUsers` must be given together with `cohortId`");
  });

  it("refuses a cohort with behaviors, and one id with several", () => {
    expect(usage({ cohortId: 1, behaviors: [{}] })).toContain("`behaviors` must not be given together with `cohortId`");
    expect(usage({ distinctId: "a", distinctIds: ["b"] })).toContain(
      "`distinctIds` must not be given together with `distinctId`",
    );
    expect(usage({ distinctId: "a", distinctIds: [] })).toContain("must not be given together");
  });

  it.each(['a"b+c&d=e', "é 漢字 🦆", "line\nbreak", "%41+%20", " padded "])(
    "keeps an expression as it is: %j",
    (where) => {
      expect(form({ where, distinctId: where })).toEqual({ where, distinct_id: where });
    },
  );

  it.each(["where", "distinctId", "groupId", "behaviors"])(
    "refuses an empty %s, which would ask for everything",
    (name) => {
      expect(usage({ [name]: "" })).toContain(`\`${name}\` must be `);
    },
  );
});

describe("ids", () => {
  it("are sent once each, in their order", () => {
    expect(form({ distinctIds: [1, 2, 1, 3] })).toEqual({ distinct_ids: '["1","2","3"]' });
    expect(form({ distinctIds: ["b", "a", "b", 0, "0"] })).toEqual({ distinct_ids: '["b","a","0"]' });
  });

  it("may be none, which asks for nothing", () => {
    expect(request({ distinctIds: [] }).asksForNothing).toBe(true);
    expect(request({ distinctIds: ["a"] }).asksForNothing).toBe(false);
    expect(request({ distinctId: "a" }).asksForNothing).toBe(false);
    expect(request().asksForNothing).toBe(false);
  });

  it.each([0, "0", -7, 2 ** 53 - 1, "9007199254740993", " "])("may be %j", (id) => {
    expect(form({ distinctId: id })).toEqual({ distinct_id: String(id) });
    expect(form({ distinctIds: [id] })).toEqual({ distinct_ids: JSON.stringify([String(id)]) });
  });

  it.each([2 ** 53, -(2 ** 53), 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "that lost digits are refused: %j",
    (id) => {
      expect(usage({ distinctId: id })).toContain("must be given as text when it is a number beyond 2^53");
      expect(usage({ distinctIds: ["a", id] })).toContain("must be given as text when it is a number beyond 2^53");
    },
  );

  it.each(["", null, true, ["a"], {}])("that are no text are refused: %j", (id) => {
    expect(usage({ distinctIds: ["a", id] })).toContain("must be text that is not empty");
  });

  it("that are null are refused, not sent as a word", () => {
    expect(usage({ distinctId: null })).toContain("must be text that is not empty");
  });
});

describe("a group", () => {
  it.each(["-1405123841946871899", "1405123841946871899", "0", "-9223372036854775808", "9223372036854775807"])(
    "is sent digit for digit: %s",
    (groupId) => {
      expect(form({ groupId })).toEqual({ data_group_id: groupId });
    },
  );

  it.each(["abc", "1.5", "1e3", "--1", "9223372036854775808", "-9223372036854775809", "99999999999999999999", " "])(
    "that is no signed 64-bit number is refused: %j",
    (groupId) => {
      expect(usage({ groupId })).toContain("`groupId` must be a signed 64-bit number");
    },
  );

  it("that is a number is refused, since it may have lost digits", () => {
    expect(usage({ groupId: Number("-1405123841946871899") })).toContain("`groupId` must be given as text");
  });
});

describe("behaviors", () => {
  const selector = { window: "90d", name: "b", event_selectors: [{ event: "Sign Up" }] };

  it("are sent as JSON, a list or its text, with the time when the export starts", () => {
    const expected = { behaviors: JSON.stringify([selector]), as_of_timestamp: String(Math.floor(NOW / 1000)) };
    expect(form({ behaviors: [selector] })).toEqual(expected);
    expect(form({ behaviors: JSON.stringify([selector]) })).toEqual(expected);
  });

  it.each([0, 1, 1700000000])("keep the time they are given: %i", (asOfTimestamp) => {
    expect(form({ behaviors: [selector], asOfTimestamp }).as_of_timestamp).toBe(String(asOfTimestamp));
  });

  it.each(["[", "{}", "[]", "null", "7", '"text"'])("that are no list with an entry are refused: %s", (behaviors) => {
    expect(usage({ behaviors })).toContain("`behaviors` must be a list");
  });

  it("that are an empty list, or no JSON at all, are refused", () => {
    const circular: unknown[] = [];
    circular.push(circular);
    for (const behaviors of [[], circular, [1n]]) expect(usage({ behaviors })).toContain("`behaviors` must be a list");
  });
});

describe("numbers", () => {
  it("that make no sense are refused", () => {
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "0"]) {
      expect(usage({ asOfTimestamp: value })).toContain(
        "`asOfTimestamp` must be a whole number of Unix seconds, 0 or more",
      );
    }
    for (const value of [0, -1, 1.5, Number.NaN, "many"]) {
      expect(usage({ pageSize: value })).toContain("`pageSize` must be a whole number from 1 to 40,000");
      expect(usage({ limit: value })).toContain("`limit` must be a whole number, 1 or more");
    }
    expect(usage({ pageSize: 40_001 })).toContain("`pageSize` must be a whole number from 1 to 40,000");
    expect(form({ pageSize: 40_000 })).toEqual({ page_size: "40000" });
  });
});

describe("output properties", () => {
  it.each(["", null, 7])("that are no names are refused: %j", (name) => {
    expect(usage({ outputProperties: ["plan", name] })).toContain("`outputProperties` must be text that is not empty");
  });

  it("that are none are refused, since that would ask for all", () => {
    expect(usage({ outputProperties: [] })).toContain("`outputProperties` must be a list of names, or left out");
  });

  it.each(["plan", null, { 0: "plan", length: 1 }])("and ids that are no list are refused: %j", (list) => {
    expect(usage({ outputProperties: list })).toContain("`outputProperties` must be a list of names");
    expect(usage({ distinctIds: list })).toContain("`distinctIds` must be a list");
  });

  it("belong to the query from then on, whatever happens to the caller's list", () => {
    const outputProperties = ["plan"];
    const { query } = request({ outputProperties });
    outputProperties.push("later");
    expect(query.outputProperties).toEqual(["plan"]);
  });
});

describe("a refusal", () => {
  it.each<[object, string]>([
    [{ limit: "many" }, ': "many"'],
    [{ limit: Number.NaN }, ": NaN"],
    [{ cohortId: null }, ": null"],
    [{ distinctIds: [9223372036854775807n] }, ": 9223372036854775807"],
    [{ outputProperties: [7n] }, ": 7"],
    [{ groupId: 7n }, ": 7"],
    [{ where: "" }, ': ""'],
  ])("ends with the value, whatever that is: %o", (options, end) => {
    expect(usage(options).endsWith(end)).toBe(true);
  });
});

describe("a value that holds a credential", () => {
  it.each<object>([
    { projectId: "hunter2-hunter2" },
    { projectId: " hunter2-hunter2 and more" },
    { region: "hunter2-hunter2" },
    { baseUrl: "hunter2-hunter2" },
    { baseUrl: "http://hunter2-hunter2.example" },
    { workspaceId: "hunter2-hunter2" },
    { cohortId: "hunter2-hunter2" },
    { groupId: "hunter2-hunter2" },
    { behaviors: "hunter2-hunter2" },
    { pageSize: "hunter2-hunter2" },
    { outputProperties: "hunter2-hunter2" },
    { distinctIds: ["a", ["hunter2-hunter2"]] },
  ])("is not shown by the error that refuses it: %o", (options) => {
    const redact = (text: string) => text.replaceAll("hunter2-hunter2", "***");
    const error = errorOf(() => engageRequest({ projectId: 1, ...options } as EngageFields, { redact }));
    expect(error.message).not.toContain("hunter2");
    expect(error.message).toContain("***");
  });
});

describe("an update", () => {
  const updatedSince = "2026-11-26T00:00:00";
  const isUpdated = `(properties["$last_seen"] >= "${updatedSince}" or not defined(properties["$last_seen"]))`;

  it("asks for profiles that were seen since, and for those without a time", () => {
    expect(form({ updatedSince })).toEqual({ where: isUpdated });
  });

  it("keeps the user's expression whole", () => {
    expect(form({ updatedSince, where: "1 == 1 or 2 == 3" }).where).toBe(`(1 == 1 or 2 == 3) and ${isUpdated}`);
  });

  it("asks for the time that shows whether its filter was applied", () => {
    expect(form({ updatedSince, outputProperties: ["plan"] }).output_properties).toBe('["plan","$last_seen"]');
    expect(form({ updatedSince, outputProperties: ["$last_seen"] }).output_properties).toBe('["$last_seen"]');
    expect(request({ updatedSince, outputProperties: ["plan"] }).query.outputProperties).toEqual(["plan"]);
  });

  it.each([
    { groupId: "1" },
    { cohortId: 7 },
    { behaviors: [{}] },
    { asOfTimestamp: 1 },
    { distinctId: "a" },
    { distinctIds: ["a"] },
    { limit: 5 },
  ])("is refused with %j", (options) => {
    const error = errorOf(() => request({ ...options, updatedSince }));
    expect(error).toMatchObject({ code: "usage", option: Object.keys(options)[0] });
    expect(error.message).toMatch(/^Cannot query profiles, `\w+` must not be given for an update$/);
  });

  it.each(["yesterday", "2026-11-26", '2026-11-26T00:00:00" or "', "2026-11-26T00:00:00Z"])(
    "is refused for a time that is none: %s",
    (time) => {
      expect(usage({ updatedSince: time })).toContain("`updatedSince` must be a time such as 2026-11-26T00:00:00");
    },
  );
});
