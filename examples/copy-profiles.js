// Copies the profiles into another project, each property as it was sent. TARGET_TOKEN is the token of that project, and TARGET_URL
// its server: https://api-eu.mixpanel.com or https://api-in.mixpanel.com outside the US. Running it again changes nothing.
import { profilePages } from "engage-export";
import { account } from "./account.js";

const { TARGET_TOKEN, TARGET_URL = "https://api.mixpanel.com" } = process.env;
// Neither the address of this machine nor the time of the copy is to change a profile.
const target = `{"$token":${JSON.stringify(TARGET_TOKEN)},"$ip":0,"$ignore_time":true,`;
// As many updates as Mixpanel takes in one request: docs.mixpanel.com/reference/user-profile-limits
const MOST = 2_000;

let copied = 0;
for await (const page of profilePages(account)) {
  if (page.status === "failed") throw page.error;
  const updates = page.rows
    .filter(({ $distinct_id }) => $distinct_id !== null)
    // Parsing it would round large numbers.
    .map(({ json }) => target + json.slice(1).replace(/"\$properties"\s*:/, () => '"$set":'));
  for (let first = 0; first < updates.length; first += MOST) await send(updates.slice(first, first + MOST));
  copied += updates.length;
}
console.log(`${copied} profiles copied`);

async function send(updates) {
  const response = await fetch(`${TARGET_URL}/engage?verbose=1#profile-batch-update`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: `[${updates.join(",")}]`,
  });
  // Mixpanel answers 200 also when it takes nothing.
  const { status, error } = await response.json();
  if (status !== 1) throw new Error(`Mixpanel did not take the profiles: HTTP ${response.status} ${error}`);
}
