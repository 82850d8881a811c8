/** What the form says, as options of `profilePages()`. */
export async function profileSource(form) {
  const fields = new FormData(form);
  if (fields.get("source") === "simulator") return simulatorSource(fields);
  return {
    baseUrl: fields.get("baseUrl"),
    projectId: fields.get("projectId"),
    serviceAccount: { username: fields.get("username"), secret: fields.get("secret") },
  };
}

/** The simulator is a `fetch` of its own: nothing goes over the network. */
async function simulatorSource(fields) {
  const { engageSimulator } = await import("engage-export/simulator");
  const simulator = engageSimulator({
    profiles: Number(fields.get("profiles")),
    latency: Number(fields.get("latency")),
    jitter: 0.5,
    faults: fields.has("fault")
      ? [{ page: 2, times: Number.POSITIVE_INFINITY, fault: { kind: "response", status: 503 } }]
      : [],
  });
  const { projectId, serviceAccount } = simulator;
  // Two repeats, so that the page that fails for good does so within a second.
  return { projectId, serviceAccount, fetch: simulator, maxRetries: 2 };
}
