/**
 * What a simulated request rejects with, or a simulated body errors with, when the connection is cut. A `TypeError`,
 * as `fetch` rejects with one when the network fails; a server in front of the simulator destroys the socket instead.
 */
export class ConnectionReset extends TypeError {
  override readonly name = "ConnectionReset";
  /** Which part of the exchange was on its way: for `headers` a server has sent half a status line. */
  readonly during: "request" | "headers" | "body";

  constructor(during: "request" | "headers" | "body") {
    super(`Cannot go on, the simulated connection was reset during the ${during}`);
    this.during = during;
  }
}
