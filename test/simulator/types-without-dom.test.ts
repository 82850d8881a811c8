import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const ENTRY = join(root, "src/simulator.ts");

/** The declarations that a build makes of the simulator's entry, by their paths. */
function declarations(): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = new Map<string, string>();
  const emit = { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true };
  ts.createProgram([ENTRY], emit).emit(undefined, (path, text) => files.set(path, text));
  return files;
}

// The libraries of the language are the same in every project.
const libraries = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of files that exist in memory, in a project that has Node's types alone. */
function problems(files: ReadonlyMap<string, string>, options: ts.CompilerOptions = {}): readonly string[] {
  const settings: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts"],
    types: ["node"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    ...options,
  };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  // The sources beside them are not what a user gets.
  host.fileExists = (path) => files.has(path) || (!path.startsWith(join(root, "src/")) && fileExists(path));
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, version) => {
    const text = files.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    if (!libraries.has(path)) libraries.set(path, getSourceFile(path, version));
    return libraries.get(path);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  const found = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  for (const path of files.keys()) {
    const source = program.getSourceFile(path);
    found.push(...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source));
  }
  return found.map(
    ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
  );
}

const CONSUMER = `
  import { type EngageSimulatorOptions, engageSimulator, type Fault } from "./simulator.js";

  const fault: Fault = { kind: "response", status: 503, body: new Uint8Array(3) };
  const options: EngageSimulatorOptions = { faults: [{ page: 1, fault }, ({ attempt }) => (attempt > 1 ? undefined : fault)] };
  const simulator = engageSimulator(options);
  const asFetch: typeof fetch = simulator;
  const response: Response = await simulator("https://mixpanel.com", { method: "POST", headers: { a: "b" }, body: "" });
  export const answers = [response, await simulator(new URL("x:y")), await asFetch(new Request("x:y"))];
  export const added: readonly string[] = simulator.change({ added: 2 }).added;
`;
const path = join(root, "src/consumer.ts");
const files = declarations();

describe("engageSimulator", () => {
  it.each<[string, ts.CompilerOptions]>([
    ["Node's types and no DOM", { exactOptionalPropertyTypes: true }],
    ["the DOM and no types of Node", { lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [] }],
  ])("has types for a project with %s", (_, options) => {
    expect(problems(new Map([...files, [path, CONSUMER]]), options)).toEqual([]);
  });

  it("refuses what is wrong in such a project", () => {
    const wrong = 'import { engageSimulator } from "./simulator.js"; engageSimulator({ profiles: true });';
    expect(problems(new Map([...files, [path, wrong]])).join()).toMatch(/consumer\.ts: Type 'true' is not assignable/);
  });
});
