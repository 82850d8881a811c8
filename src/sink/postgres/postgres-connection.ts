import { connect, type Socket } from "node:net";
import postgres from "postgres";
import { EngageError } from "../../engage-error.ts";
import { orAborted } from "../../when-aborted.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import { findPassword } from "./password-file.ts";
import { codeOf, postgresError } from "./postgres-error.ts";
import { clientAddress, type PostgresSinkSettings } from "./postgres-options.ts";

/** A row of a result, its values as text, numbers and booleans. */
export type PostgresRow = Readonly<Record<string, unknown>>;

/** What the session needs; a server that is too old for one of them is left without it. */
const SETTINGS: Readonly<Record<string, string>> = {
  // COPY and publishing take as long as they take, and hours may pass between two pages.
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  transaction_timeout: "0",
  // Unless the URL or the role says another one.
  lock_timeout: "30s",
  standard_conforming_strings: "on",
};

type Client = postgres.Sql;

/** One connection to a server. It is never opened a second time, since the lock of the export goes with it. */
export class PostgresConnection {
  /** Host, port and database, for a sentence. */
  readonly where: string;
  readonly #client: Client;
  readonly #lost: AbortSignal;

  private constructor(client: Client, lost: AbortSignal) {
    const { host, port, path, database } = client.options;
    this.#client = client;
    this.#lost = lost;
    this.where = `${path || `${host[0]}:${port[0]}`}/${database}`;
  }

  /** @throws {EngageError} in words, if the server cannot be reached, or lets nobody in */
  static async open({ url, password, passwordFile }: PostgresSinkSettings): Promise<PostgresConnection> {
    const lost = new AbortController();
    const [address, fromQuery] = clientAddress(url);
    const options = {
      ...fromQuery,
      // A second connection would know nothing of the transaction and the lock of the first.
      max: 1,
      max_lifetime: null,
      idle_timeout: undefined,
      fetch_types: false,
      prepare: false,
      connection: { application_name: "engage-export" },
      onnotice: () => {},
      socket: eachHostOnce((error) => lost.abort(error)),
      onclose: () => lost.abort(Object.assign(new Error("connection closed"), { code: "CONNECTION_CLOSED" })),
    };
    const asked = postgres(address, options);
    const { host, port, path, database, user, pass } = asked.options;
    const found =
      pass || password
        ? undefined
        : await findPassword(
            { host: path ? "localhost" : `${host[0]}`, port: `${port[0]}`, database, user },
            passwordFile,
          );
    const given = pass || password || found?.password;
    const client = given ? postgres(address, { ...options, password: given }) : asked;
    const connection = new PostgresConnection(client, lost.signal);
    try {
      await connection.#prepare();
      return connection;
    } catch (error) {
      await connection.close();
      const failed = postgresError(error, "open", connection.where);
      if (!found?.isOpen || !codeOf(error).startsWith("28")) throw failed;
      const message = `Cannot open the database, the server asks for a password, and the file of passwords was not read, since others can read it too; run \`chmod 600\` on it: ${connection.where}`;
      throw new EngageError("usage", message, { cause: error });
    }
  }

  /** Runs one statement, or several without values. */
  async query(sql: string, values: readonly (string | number | null)[] = []): Promise<readonly PostgresRow[]> {
    try {
      return await this.#run(sql, values);
    } catch (error) {
      throw this.#inWords(error);
    }
  }

  /** Sends rows in the form of `COPY`. The error of a refused row is the server's own. */
  async copy(sql: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const query = this.#client.unsafe(sql);
    // The client tells nobody of an error that comes after the last byte: `writable()` has resolved the query by then.
    const failed = new Promise<never>((_, reject) => Object.assign(query, { reject }));
    const stream = await this.#connected(() => Promise.race([query.writable(), failed]));
    stream.on("error", () => {});
    const send = async (): Promise<void> => {
      for (const chunk of chunks) {
        await new Promise<void>((resolve, reject) => {
          stream.write(chunk, (error) => (error ? reject(error) : resolve()));
        });
      }
      await new Promise<void>((resolve) => {
        stream.end(resolve);
      });
    };
    await this.#connected(() => Promise.race([failed, send()]));
  }

  /** Runs `work` in a transaction, which is rolled back if it fails. */
  async transact<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      await this.query("BEGIN");
      const result = await work();
      await this.query("COMMIT");
      return result;
    } catch (error) {
      await this.query("ROLLBACK").catch(() => {});
      throw this.#inWords(error);
    }
  }

  /** Gives up everything that is not committed. */
  async close(): Promise<void> {
    await this.#client.end({ timeout: this.#lost.aborted ? 0 : 5 }).catch(() => {});
  }

  async #prepare(): Promise<void> {
    const wanted = Object.entries(SETTINGS).map(([name, value]) => `(${sqlLiteral(name)}, ${sqlLiteral(value)})`);
    await this.#run(
      `SELECT set_config(name, value, false) FROM (VALUES ${wanted.join(", ")}) AS wanted (name, value)
        JOIN pg_settings USING (name) WHERE name <> 'lock_timeout' OR setting = '0'`,
    );
    // A statement of a process that was killed then ends with it, and lets go of its locks; not every system can do that.
    await this.#run("SET client_connection_check_interval = '2s'").catch((error: unknown) => {
      if (!/^(42704|22023)$/.test(codeOf(error))) throw error;
    });
  }

  #run(sql: string, values: readonly (string | number | null)[] = []): Promise<readonly PostgresRow[]> {
    return this.#connected(() => this.#client.unsafe(sql, [...values]));
  }

  /**
   * Does nothing if the connection is lost, since the client would open another one, and rejects if it is lost meanwhile: what is
   * asked between a socket's error and its close, the client never answers.
   */
  async #connected<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#lost.throwIfAborted();
    return orAborted(work(), this.#lost);
  }

  #inWords(error: unknown): EngageError {
    return postgresError(error, "write to", this.where);
  }
}

type Hosts = Pick<Client["options"], "host" | "port" | "path">;

/**
 * Makes a socket to one host after the other. By itself the client asks the same hosts again and again, without a pause, if
 * they close the connection before they have answered, and several hosts also if none can be reached.
 */
function eachHostOnce(giveUp: (reason: Error) => void): (hosts: Hosts) => Socket {
  let asked = 0;
  let reason: Error = Object.assign(new Error("CLOSED_UNANSWERED"), { code: "CLOSED_UNANSWERED" });
  return ({ host, port, path }) => {
    const [nextHost, nextPort] = [host[asked], port[asked]];
    if (nextHost === undefined || nextPort === undefined) {
      giveUp(reason);
      throw reason;
    }
    asked += 1;
    const socket = path ? connect(path) : connect(nextPort, nextHost);
    socket.once("error", (error) => {
      reason = error;
    });
    // The client reads them for TLS and for its messages.
    return Object.assign(socket, { host: nextHost, port: nextPort });
  };
}
