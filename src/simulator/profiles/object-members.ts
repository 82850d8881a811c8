/** A member of a JSON object: its name unescaped, and both as they are written. */
export interface ObjectMember {
  readonly name: string;
  readonly nameText: string;
  readonly valueText: string;
}

// A text, or a character that opens, closes or separates.
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/** The members of a JSON object, each value as it is written: every digit stays. Undefined if the text is no JSON object. */
export function objectMembers(json: string): readonly ObjectMember[] | undefined {
  if (!isObject(json)) return undefined;
  const members: ObjectMember[] = [];
  let depth = 0;
  let name = "";
  let begin = 0;
  for (const { 0: token, index } of json.matchAll(TOKENS)) {
    if (depth === 1 && name === "" && token.startsWith('"')) name = token;
    else if (depth === 1 && token === ":") begin = index + 1;
    else if (depth === 1 && name !== "" && (token === "," || token === "}")) {
      members.push({ name: JSON.parse(name), nameText: name, valueText: json.slice(begin, index).trim() });
      name = "";
    }
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
  }
  return members;
}

/** A member as it is written. */
export function memberText({ nameText, valueText }: ObjectMember): string {
  return `${nameText}:${valueText}`;
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
