import { WhereSyntaxError, type WhereToken, whereTokens } from "./where-tokens.ts";
import { calculated, FUNCTIONS, isIn, order, type Properties, same, truth } from "./where-values.ts";

/** An expression made ready to be asked of many profiles. */
export type WhereExpression = (properties: Properties) => unknown;

type Operation = (left: unknown, right: unknown) => unknown;

// A recursion that deep would overflow the stack of small threads.
const DEEPEST = 200;

const COMPARISONS: Readonly<Record<string, Operation>> = {
  "==": same,
  "!=": (left, right) => !same(left, right),
  "<": (left, right) => (order(left, right) ?? 0) < 0,
  ">": (left, right) => (order(left, right) ?? 0) > 0,
  "<=": (left, right) => (order(left, right) ?? 1) <= 0,
  ">=": (left, right) => (order(left, right) ?? -1) >= 0,
  in: isIn,
};
const SUMS: Readonly<Record<string, Operation>> = {
  "+": (left, right) => calculated(left, right, (a, b) => a + b),
  "-": (left, right) => calculated(left, right, (a, b) => a - b),
};
const PRODUCTS: Readonly<Record<string, Operation>> = {
  "*": (left, right) => calculated(left, right, (a, b) => a * b),
  "/": (left, right) => calculated(left, right, (a, b) => a / b),
  "%": (left, right) => calculated(left, right, (a, b) => a % b),
};
const CONSTANTS: Readonly<Record<string, unknown>> = { true: true, false: false };

/** Reads an expression once. @throws {WhereSyntaxError} */
export function parseWhere(text: string): WhereExpression {
  return new WhereParser(whereTokens(text)).expression();
}

/** A method for each level, from the weakest binding to the strongest. */
class WhereParser {
  readonly #tokens: readonly WhereToken[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly WhereToken[]) {
    this.#tokens = tokens;
  }

  expression(): WhereExpression {
    const whole = this.#or();
    if (this.#token.kind !== "end") this.#expected("an operator or the end");
    return whole;
  }

  #or(): WhereExpression {
    const operands = this.#separated("or", () => this.#and());
    return only(operands) ?? ((properties) => operands.some((operand) => truth(operand(properties))));
  }

  #and(): WhereExpression {
    const operands = this.#separated("and", () => this.#not());
    return only(operands) ?? ((properties) => operands.every((operand) => truth(operand(properties))));
  }

  #separated(word: string, operand: () => WhereExpression): readonly WhereExpression[] {
    const operands = [operand()];
    while (this.#takes(word)) operands.push(operand());
    return operands;
  }

  #not(): WhereExpression {
    if (!this.#takes("not")) return this.#comparison();
    const operand = this.#nested(() => this.#not());
    return (properties) => !truth(operand(properties));
  }

  #comparison(): WhereExpression {
    const left = this.#sum();
    if (this.#token.text === "not" && this.#tokens[this.#next + 1]?.text === "in") {
      this.#next += 2;
      return negated(operation(isIn, left, this.#sum()));
    }
    const compare = this.#takesOneOf(COMPARISONS);
    return compare === undefined ? left : operation(compare, left, this.#sum());
  }

  #sum(): WhereExpression {
    return this.#chain(SUMS, () => this.#product());
  }

  #product(): WhereExpression {
    return this.#chain(PRODUCTS, () => this.#negative());
  }

  #chain(operations: Readonly<Record<string, Operation>>, operand: () => WhereExpression): WhereExpression {
    const first = operand();
    const steps: (readonly [Operation, WhereExpression])[] = [];
    for (let next = this.#takesOneOf(operations); next !== undefined; next = this.#takesOneOf(operations)) {
      steps.push([next, operand()]);
    }
    if (steps.length === 0) return first;
    return (properties) =>
      steps.reduce((left, [operate, right]) => operate(left, right(properties)), first(properties));
  }

  #negative(): WhereExpression {
    if (!this.#takes("-")) return this.#value();
    const operand = this.#nested(() => this.#negative());
    return (properties) => calculated(0, operand(properties), (zero, number) => zero - number);
  }

  #value(): WhereExpression {
    const { kind, text } = this.#token;
    if (kind === "text" || kind === "number") {
      this.#next += 1;
      const constant = kind === "text" ? text : Number(text);
      return () => constant;
    }
    if (kind === "word" && Object.hasOwn(CONSTANTS, text)) {
      this.#next += 1;
      return () => CONSTANTS[text];
    }
    if (this.#takes("(")) {
      const inner = this.#nested(() => this.#or());
      this.#take(")");
      return inner;
    }
    if (this.#takes("[")) return this.#list();
    if (this.#takes("properties") || this.#takes("user")) return this.#property();
    if (kind === "word" && Object.hasOwn(FUNCTIONS, text)) return this.#call();
    return this.#expected(
      `a value such as properties["name"], a text or a number, or ${Object.keys(FUNCTIONS).join("(), ")}()`,
    );
  }

  #list(): WhereExpression {
    const members: WhereExpression[] = [];
    while (!this.#takes("]")) {
      if (members.length > 0) this.#take(",");
      members.push(this.#nested(() => this.#or()));
    }
    return (properties) => members.map((member) => member(properties));
  }

  #property(): WhereExpression {
    this.#take("[");
    const { kind, text: name } = this.#token;
    if (kind !== "text") this.#expected("the name of a property in quotes");
    this.#next += 1;
    this.#take("]");
    return (properties) => (Object.hasOwn(properties, name) ? (properties[name] ?? undefined) : undefined);
  }

  #call(): WhereExpression {
    const call = FUNCTIONS[this.#token.text];
    this.#next += 1;
    this.#take("(");
    const operand = this.#nested(() => this.#or());
    this.#take(")");
    return (properties) => call?.(operand(properties));
  }

  get #token(): WhereToken {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", index: 0 };
  }

  #takes(text: string): boolean {
    const { kind, text: found } = this.#token;
    if (found !== text || kind === "text") return false;
    this.#next += 1;
    return true;
  }

  #take(text: string): void {
    if (!this.#takes(text)) this.#expected(text);
  }

  #takesOneOf(operations: Readonly<Record<string, Operation>>): Operation | undefined {
    const { kind, text } = this.#token;
    if (kind === "text" || !Object.hasOwn(operations, text)) return undefined;
    this.#next += 1;
    return operations[text];
  }

  #nested(read: () => WhereExpression): WhereExpression {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new WhereSyntaxError(this.#token.index, "it is nested too deeply");
    const expression = read();
    this.#depth -= 1;
    return expression;
  }

  #expected(what: string): never {
    throw new WhereSyntaxError(this.#token.index, `it lacks ${what}`);
  }
}

function only(operands: readonly WhereExpression[]): WhereExpression | undefined {
  return operands.length === 1 ? operands[0] : undefined;
}

function operation(operate: Operation, left: WhereExpression, right: WhereExpression): WhereExpression {
  return (properties) => operate(left(properties), right(properties));
}

function negated(expression: WhereExpression): WhereExpression {
  return (properties) => !expression(properties);
}
