/** The raw texts of `count` profiles, hard on a careless reader. */
export function profileTexts(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `{"$distinct_id":"id-${index}","$properties":{"n":${index},"big":9007199254740993,"$last_seen":"2026-01-02T03:04:05","exact":1.0,"list":[1E+2,-0.0,"}],{"],"text":"\\u00e9 é 🦆"}}`,
  );
}

/** The NDJSON lines that {@link profileTexts} become, from one index up to another. */
export function profileLines(from: number, to: number): string {
  return Array.from(
    { length: to - from },
    (_, index) =>
      `{"distinct_id":"id-${from + index}","last_seen":"2026-01-02T03:04:05","properties":{"n":${from + index},"big":9007199254740993,"exact":1.0,"list":[1E+2,-0.0,"}],{"],"text":"\\u00e9 é 🦆"}}\n`,
  ).join("");
}
