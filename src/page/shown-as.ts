/** What Node, Bun and Deno ask an object for before they print it. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const SHORT = 200;

type Inspect = (value: unknown, options: unknown) => string;

/** Makes `console.log` show the fields of each instance; a text of more than 200 characters is cut. */
export function shownAs<Instance extends object>(
  type: { readonly name: string; readonly prototype: Instance },
  fieldsOf: (instance: Instance) => Readonly<Record<string, unknown>>,
): void {
  Object.defineProperty(type.prototype, INSPECT, {
    value(this: Instance, depth: number, options: unknown, inspect: Inspect = (value) => JSON.stringify(value)) {
      if (depth < 0) return `[${type.name}]`;
      const fields = Object.entries(fieldsOf(this)).map(([name, value]) => [name, shortened(value)]);
      return `${type.name} ${inspect(Object.fromEntries(fields), options)}`;
    },
  });
}

function shortened(value: unknown): unknown {
  if (typeof value !== "string" || value.length <= SHORT) return value;
  return `${value.slice(0, SHORT)}… (${value.length.toLocaleString("en-US")} characters)`;
}
