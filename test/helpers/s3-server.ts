import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { S3StoreOptions } from "../../src/files.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

interface S3Rver {
  readonly store: S3Files;
  configureBuckets(): Promise<unknown>;
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
}

interface S3Files {
  putObject(object: S3Put): Promise<{ readonly size: number }>;
  getResourcePath(bucket: string, key: string, resource: "object"): string;
}

interface S3Put {
  readonly bucket: string;
  readonly key: string;
}

const S3rver = createRequire(import.meta.url)("s3rver") as new (options: object) => S3Rver;

/** Answers a request itself and says true, or leaves it to the server. */
export type S3Answerer = (request: IncomingMessage, response: ServerResponse, nth: number) => boolean;

/** A real S3 server on loopback with a bucket `team`; closed when the test ends. */
export async function startS3(answer: S3Answerer = () => false) {
  const s3 = new S3rver({
    directory: temporaryDirectory(),
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: "team" }],
  });
  await s3.configureBuckets();
  answerWhenWritten(s3.store);
  const handle = s3.callback();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (!answer(request, response, requests.length)) handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const options: S3StoreOptions = {
    bucket: "team",
    prefix: "people",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
  };
  return { options, requests };
}

/** As it is, the server answers a PUT before the bytes are in its file. */
function answerWhenWritten(store: S3Files): void {
  const putObject = store.putObject.bind(store);
  store.putObject = async (object) => {
    const answer = await putObject(object);
    const path = store.getResourcePath(object.bucket, object.key, "object");
    while ((await stat(path)).size !== answer.size) await nextTurn();
    return answer;
  };
}

/** An answer as a store refuses. */
export function refusal(response: ServerResponse, status: number, code: string, more = "", headers = {}): true {
  response.writeHead(status, { "content-type": "application/xml", ...headers });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>AKIDEXAMPLE</Message>${more}</Error>`);
  return true;
}
