import { stat } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ndjsonFile } from "../../files.ts";
import { ndjsonSink } from "../../index.ts";
import type { Messages } from "../terminal/messages.ts";
import type { OutputIO, OutputPlan } from "./formats.ts";
import type { OpenOutput } from "./open-output.ts";
import { OutputStream } from "./output-stream.ts";
import { PipeOutput } from "./pipe-output.ts";
import { sinkOptions } from "./sink-options.ts";

/** Opens standard output, a file, a pipe or a device for lines. */
export async function openNdjson(plan: OutputPlan, io: OutputIO, messages: Messages): Promise<OpenOutput> {
  const { path, gzip, raw, mode } = plan;
  if (path === undefined) return streamOutput(new OutputStream(io.stdout, "standard output", io.signals), plan);
  if (await isDevice(path)) return streamOutput(deviceStream(path, gzip, io.signals), plan);
  const sink = await ndjsonFile({
    path,
    gzip,
    raw,
    ...sinkOptions(plan, mode, messages),
  });
  return { sink, resumable: true, holdsStdout: false, destination: path };
}

function streamOutput(stream: OutputStream, { path, raw, onFailedPage }: OutputPlan): OpenOutput {
  return {
    sink: ndjsonSink(stream, { raw, onFailedPage }),
    resumable: false,
    holdsStdout: path === undefined,
    readerLeft: () => stream.readerLeft,
    destination: stream.name,
  };
}

/** A pipe or a device takes bytes as they come, compressed if its name says so. */
function deviceStream(path: string, gzip: boolean, signal: AbortSignal): OutputStream {
  const device = new PipeOutput(path);
  const input = gzip ? createGzip() : device;
  if (gzip) input.pipe(device);
  device.on("error", (error) => input.destroy(error));
  return new OutputStream(input, path, signal, async () => {
    input.end();
    await finished(device);
  });
}

/** Nothing can be in the way of a pipe or a device, and nothing can be taken back. */
async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}
