/** What stands where JSON should go on. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = "JsonSyntaxError";
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(`${problem} at byte ${offset}`);
    this.offset = offset;
  }
}
