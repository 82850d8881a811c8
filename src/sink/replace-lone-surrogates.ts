export interface Replaced {
  readonly text: string;
  /** How many were replaced. */
  readonly count: number;
}

// Every escape is read whole, so that the second backslash of `\\` begins none.
const ESCAPE = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;
const SURROGATE = /\p{Surrogate}/gu;

/** Replaces escapes of lone surrogates in JSON text: a single one makes DuckDB's `->>` fail for the whole table. */
export function replaceLoneSurrogates(json: string): Replaced {
  let count = 0;
  if (!json.includes("\\ud") && !json.includes("\\uD")) return { text: json, count };
  const text = json.replace(ESCAPE, (found: string, lone: string | undefined) => {
    if (lone === undefined) return found;
    count += 1;
    return "\\ufffd";
  });
  return { text, count };
}

/** The same for text that is no JSON: a lone surrogate has no UTF-8. */
export function replaceSurrogateUnits(plain: string): Replaced {
  let count = 0;
  const text = plain.replace(SURROGATE, () => {
    count += 1;
    return "\ufffd";
  });
  return { text, count };
}
