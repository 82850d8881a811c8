/** A piece of an expression, and the character where it begins. */
export interface WhereToken {
  readonly kind: "text" | "number" | "word" | "symbol" | "end";
  /** As it is written; of a text what stands between the quotes, unescaped. */
  readonly text: string;
  readonly index: number;
}

/** An expression that the simulator does not understand. The message says where and why. */
export class WhereSyntaxError extends Error {
  constructor(index: number, reason: string) {
    super(`${reason} at character ${index + 1}`);
  }
}

const TOKEN =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_]\w*)|(?<symbol>[=!<>]=|[<>()[\],+\-*/%])|(?<end>$))/suy;

/** @throws {WhereSyntaxError} */
export function whereTokens(expression: string): readonly WhereToken[] {
  const tokens: WhereToken[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const from = TOKEN.lastIndex;
    const groups = TOKEN.exec(expression)?.groups;
    if (groups === undefined) {
      const index = from + (/^\s*/.exec(expression.slice(from))?.[0].length ?? 0);
      throw new WhereSyntaxError(
        index,
        `there is no such sign as ${String.fromCodePoint(expression.codePointAt(index) ?? 0)}`,
      );
    }
    const [kind, written] = (Object.entries(groups).find(([, value]) => value !== undefined) ?? []) as [
      WhereToken["kind"],
      string,
    ];
    tokens.push({ kind, text: kind === "text" ? unquoted(written) : written, index: TOKEN.lastIndex - written.length });
    if (kind === "end") return tokens;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function unquoted(written: string): string {
  return written
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (_, hex: string | undefined, character = "") =>
      hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
