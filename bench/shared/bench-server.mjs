import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The server, in a process of its own: one run after the other, or several side by side, each under a path of its own. */
export class BenchServer {
  #process = fork(fileURLToPath(new URL("server.mjs", import.meta.url)));
  #origin;
  #begun = 0;
  #turn = Promise.resolve();

  async start() {
    const [{ port }] = await once(this.#process, "message");
    this.#origin = `http://127.0.0.1:${port}`;
    return this;
  }

  /** Makes a run: its base URL, and a function that ends it and says what the server saw. */
  async run(plan) {
    const id = `run-${++this.#begun}`;
    await this.#ask({ begin: { id, plan } });
    return { url: `${this.#origin}/${id}`, end: () => this.#ask({ end: id }) };
  }

  stop() {
    this.#process.disconnect();
  }

  #ask(message) {
    const answer = this.#turn.then(async () => {
      this.#process.send(message);
      const [{ done }] = await once(this.#process, "message");
      return done;
    });
    this.#turn = answer;
    return answer;
  }
}
