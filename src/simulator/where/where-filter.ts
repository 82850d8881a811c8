import { Refusal } from "../requests/refusal.ts";
import { parseWhere } from "./parse-where.ts";
import { WhereSyntaxError } from "./where-tokens.ts";
import { type Properties, truth } from "./where-values.ts";

/**
 * Whether a profile's JSON text matches an expression. It is the documented part of Mixpanel's expression language that an
 * export of profiles needs:
 *
 * - `properties["name"]` or `user["name"]`; a property that is null is not defined
 * - texts in single or double quotes, numbers, `true`, `false`, lists such as `["a", 1]`
 * - `and`, `or`, `not`, parentheses
 * - `==` and `!=` of any two values; `<`, `<=`, `>`, `>=` of two numbers, two texts or two times, otherwise false
 * - `in` and `not in`: part of a text, or member of a list
 * - `+`, `-`, `*`, `/`, `%` of numbers
 * - `defined()`, `boolean()`, `number()`, `string()`, and `datetime()` of ISO text or Unix seconds
 *
 * @throws {Refusal} 400 if it is anything else
 */
export function whereFilter(text: string): (json: string) => boolean {
  const evaluate = compile(text);
  return (json) => truth(evaluate(propertiesOf(json)));
}

function compile(text: string): (properties: Properties) => unknown {
  try {
    return parseWhere(text);
  } catch (error) {
    if (!(error instanceof WhereSyntaxError)) throw error;
    throw new Refusal(400, `The simulator cannot understand \`where\`, ${error.message}: ${text}`);
  }
}

/** What is no profile has no properties. */
function propertiesOf(json: string): Properties {
  const profile = parse(json);
  const properties = isObject(profile) ? profile.$properties : undefined;
  return isObject(properties) ? properties : {};
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
