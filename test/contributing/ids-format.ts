import type { Format } from "../../src/cli/output/formats.ts";
import { findOutputFile, refuse } from "../../src/sink/file/output-file.ts";
import { idList } from "./id-list.ts";

/** The entry in the command's table of formats. */
export const idsFormat: Format = {
  name: "ids",
  title: "Ids",
  endings: ["ids"],
  gzip: false,
  streams: false,
  flags: [],
  async open({ path = "", mode, onFailedPage }, _, messages) {
    const { found } = await findOutputFile(path);
    if (found !== undefined && mode === "create") refuse("there is a file of that name; use --replace", path);
    const sink = idList(path, { onFailedPage, onWarning: ({ message }) => messages.warning(message) });
    return { sink, resumable: false, holdsStdout: false, destination: path };
  },
};
