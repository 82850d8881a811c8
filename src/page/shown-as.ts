/** What Node, Bun and Deno ask an object for before they print it. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const SHORT = 200;

type Inspect = (value: unknown, options: unknown) => string;

/** Makes `console.log` show a name and the fields of each instance; a text of more than 200 characters is cut. */
export function shownAs<Instance extends object>(
  type: { readonly prototype: Instance },
  name: string,
  fieldsOf: (instance: Instance) => Readonly<Record<string, unknown>>,
): void {
  // A bundler calls the class otherwise.
  Object.defineProperty(type, "name", { value: name });
  Object.defineProperty(type.prototype, INSPECT, {
    value(this: Instance, depth: number, options: unknown, inspect: Inspect = (value) => JSON.stringify(value)) {
      if (depth < 0) return `[${name}]`;
      const fields = Object.entries(fieldsOf(this)).map(([field, value]) => [field, shortened(value)]);
      return `${name} ${inspect(Object.fromEntries(fields), options)}`;
    },
  });
}

function shortened(value: unknown): unknown {
  if (typeof value !== "string" || value.length <= SHORT) return value;
  return `${value.slice(0, SHORT)}… (${value.length.toLocaleString("en-US")} characters)`;
}
