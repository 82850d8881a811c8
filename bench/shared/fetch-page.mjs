import { account } from "./account.mjs";
import { task } from "./task.mjs";

const { username, secret } = account.serviceAccount;
const headers = { authorization: `Basic ${btoa(`${username}:${secret}`)}` };

/** Asks for a page with nothing but `fetch`. */
export function fetchPage(page, sessionId) {
  const body = new URLSearchParams({ page: String(page), ...(sessionId && { session_id: sessionId }) });
  return fetch(`${task.url}/api/query/engage?project_id=${account.projectId}`, { method: "POST", headers, body });
}

/** Page 0, then waves of five: each waits for the slowest of the one before. */
export async function inWaves(take) {
  const first = await (await fetchPage(0)).json();
  await take(first);
  const pages = Math.ceil(first.total / first.page_size);
  for (let begin = 1; begin < pages; begin += 5) {
    const wave = Array.from({ length: Math.min(5, pages - begin) }, (_, nth) => begin + nth);
    const loaded = await Promise.all(wave.map(async (page) => (await fetchPage(page, first.session_id)).json()));
    for (const page of loaded) await take(page);
  }
}
