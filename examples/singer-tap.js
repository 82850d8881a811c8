// A Singer tap: a schema, a record for each profile, and a state, each a line of JSON on stdout for any Singer target.
import { exportProfiles } from "engage-export";
import { account } from "./account.js";

const text = { type: ["null", "string"] };
const properties = { distinct_id: { type: "string" }, last_seen: text, properties: { type: "object" } };
const print = (message) =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${message}\n`, (error) => (error ? reject(error) : resolve()));
  });

const key_properties = ["distinct_id"];
await print(
  JSON.stringify({ type: "SCHEMA", stream: "profiles", schema: { type: "object", properties }, key_properties }),
);
const sink = new WritableStream({
  async write(page) {
    if (page.status === "failed") throw page.error;
    const records = page.rows
      .filter((row) => row.distinctId !== null)
      // The properties as they were sent: parsing them would change large numbers.
      .map(({ distinctId, lastSeen, propertiesJson }) => {
        const record = `{"distinct_id":${JSON.stringify(distinctId)},"last_seen":${JSON.stringify(lastSeen)},"properties":${propertiesJson}}`;
        return `{"type":"RECORD","stream":"profiles","record":${record}}`;
      });
    if (records.length > 0) await print(records.join("\n"));
  },
});
const { fetchedAt, complete } = await exportProfiles({ ...account, sink });
if (complete) await print(JSON.stringify({ type: "STATE", value: { fetched_at: fetchedAt } }));
else process.exitCode = 1;
