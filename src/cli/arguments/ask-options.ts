import type { ProfilePagesOptions } from "../../index.ts";
import type { Settings } from "../accounts/setting.ts";
import type { CommandIO } from "../command-io.ts";
import { commandFetch } from "../network/command-fetch.ts";
import { watchedFetch } from "../network/watched-fetch.ts";
import type { Messages } from "../terminal/messages.ts";
import type { ExportArguments } from "./export-options.ts";
import { profileOptions } from "./profile-options.ts";

/**
 * The library's options for whatever the command asks of Mixpanel, with the signal and the `fetch` of the process.
 *
 * @throws {EngageError} `usage`
 */
export function askOptions(
  given: ExportArguments,
  settings: Settings,
  io: CommandIO,
  messages: Messages,
): ProfilePagesOptions {
  const fetch = commandFetch(io, settings.get("baseUrl")?.value);
  return {
    ...profileOptions(given, settings),
    signal: io.signals,
    fetch: given.verbose ? watchedFetch(fetch, (line) => messages.detail(line)) : fetch,
  };
}
