import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { postgresSink } from "../../../src/postgres.ts";
import { freePort } from "../../helpers/free-port.ts";
import { startTcp } from "../../helpers/tcp-server.ts";

const CLOSES =
  "the server closes the connection before it has answered; check the host and the port, and whether Postgres listens there";

const refusal = (url: string) =>
  postgresSink(url).then(
    () => expect.unreachable(),
    ({ code, message }: { readonly code: string; readonly message: string }) => ({ code, message }),
  );

describe("PostgresConnection", () => {
  test.each([
    ["at once", "", (socket: Socket) => socket.end()],
    ["after a word of another protocol", "", (socket: Socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
    ["when it is asked for TLS", "?sslmode=require", (socket: Socket) => socket.once("data", () => socket.end())],
    ["when it is told the user", "", (socket: Socket) => socket.once("data", () => socket.end())],
  ])("a server that closes the connection %s is asked once", async (_, query, answer) => {
    const { host, connections } = await startTcp(answer);
    expect(await refusal(`postgres://ann:secret@${host}/people${query}`)).toEqual({
      code: "write-failed",
      message: `Cannot open the database, ${CLOSES} (CLOSED_UNANSWERED): ${host}/people`,
    });
    expect(connections()).toBe(1);
  });

  test("each of several servers is asked once, and the last one says why", async () => {
    const closing = await startTcp((socket) => socket.end());
    const refusing = `127.0.0.1:${await freePort()}`;
    const { message } = await refusal(`postgres://ann:secret@${closing.host},${refusing}/people`);
    expect(message).toContain(`no server listens there; check the host and the port, and whether it runs`);
    expect(closing.connections()).toBe(1);
  });
});
