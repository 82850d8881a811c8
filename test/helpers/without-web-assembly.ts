// As under a content security policy without `wasm-unsafe-eval`, and where a runtime refuses to compile.
Reflect.set(
  WebAssembly,
  "Module",
  class {
    constructor() {
      throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
    }
  },
);
