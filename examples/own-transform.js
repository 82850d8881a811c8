// Keep some properties only, and drop profiles that were not seen this decade.
import { ndjson, normalizeProfiles, profilePages, profileRow } from "engage-export";
import { account } from "./account.js";

const slim = new TransformStream({
  transform(page, controller) {
    if (page.status === "failed") return controller.enqueue(page);
    const rows = page.rows
      .filter((row) => row.lastSeen !== null && row.lastSeen >= "2020")
      .map(({ distinctId, lastSeen, properties }) =>
        profileRow({ distinctId, lastSeen, properties: { plan: properties.plan ?? null } }),
      );
    controller.enqueue({ ...page, rows });
  },
});

const lines = profilePages(account).pipeThrough(normalizeProfiles()).pipeThrough(slim).pipeThrough(ndjson());
for await (const bytes of lines) process.stdout.write(bytes);
