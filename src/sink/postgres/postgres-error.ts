import { EngageError, type EngageErrorCode } from "../../engage-error.ts";
import { errorReasons } from "../../error-reasons.ts";

/** What an error of the server or of the connection means, by its code: of SQL, of the client or of the system. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^28P01$|^28000$/, "the server refuses the user or the password; set PGPASSWORD, or add a line to ~/.pgpass"],
  [/^3D000$/, "there is no such database; create it first"],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "the host name is unknown; check it"],
  [/^(ECONNREFUSED|ENOENT)$/, "no server listens there; check the host and the port, and whether it runs"],
  [/^(CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, "the server does not answer; check the host and the port"],
  [
    /^CLOSED_UNANSWERED$/,
    "the server closes the connection before it has answered; check the host and the port, and whether Postgres listens there",
  ],
  [/^57P03$/, "the server is starting up or shutting down; try again when it is ready"],
  [/^53300$/, "the server has no connection left; close another one"],
  [/^(53100|58030)$/, "the server's disk is full or broken; free some space and resume"],
  [/^53/, "the server has run out of a resource; free some and resume"],
  [/^42501$/, "the role has no right to do that; grant it"],
  [/^25006$/, "the server takes no changes, since it is a standby or read-only; connect to the primary"],
  [/^55P03$/, "somebody else holds a lock on the table; end that transaction and resume"],
  [/^40P01$/, "somebody else changes the same table; end that transaction and resume"],
  [/^57014$/, "the statement was cancelled on the server; resume"],
  [/^2BP01$/, "something else depends on the table, such as a view; drop that first"],
  [/^42P01$/, "what it needs was dropped meanwhile; export again"],
  [
    /^(57P0\d|08\w*|CONNECTION_\w+|ECONNRESET|EPIPE|25P03)$/,
    "the connection was lost, since the server was stopped or cannot be reached; resume when it runs again",
  ],
];

const CODES: readonly (readonly [RegExp, EngageErrorCode])[] = [[/^(28P01|28000|3D000)$/, "usage"]];

/** Why a database could not be opened or written, in words. */
export function postgresError(error: unknown, doing: "open" | "write to", where: string): EngageError {
  if (error instanceof EngageError) return error;
  const code = codeOf(error);
  const [, reason] = REASONS.find(([pattern]) => pattern.test(code)) ?? [];
  const said = errorReasons(error);
  const why = reason === undefined ? `Postgres gave up (${said})` : `${reason} (${said})`;
  const [, kind = "write-failed"] = CODES.find(([pattern]) => pattern.test(code)) ?? [];
  return new EngageError(kind, `Cannot ${doing} the database, ${why}: ${where}`, { cause: error });
}

/** The code of an error: five characters from the server, a name from the client or the system. */
export function codeOf(error: unknown): string {
  const { code, errors } = Object(error) as { code?: unknown; errors?: unknown };
  if (typeof code === "string" && code !== "") return code;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : "";
}

/** Why the server refuses a row for what it holds, or undefined if that is not the reason. */
export function refusalOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code === "54000") return "its id is too long for an index of Postgres";
  if (code === "54001") return "its properties are nested deeper than Postgres can read";
  if (code === "22021" || code === "22P05") return "it holds a character that the database's encoding lacks";
  return /^(22|54)/.test(code) ? `Postgres refuses it (${code})` : undefined;
}
