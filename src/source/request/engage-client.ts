import { EngageError } from "../../engage-error.ts";
import type { PageSlices } from "../../page/page-slices.ts";
import type { EngageRequest } from "../query/engage-request.ts";
import { type ScannedPage, scanPage } from "../scan/page-scanner.ts";
import { EngageFailure, jsonText, shorten } from "./engage-failure.ts";
import { type Answer, type Sending, sendRequest } from "./send-request.ts";

interface ClientOptions extends Sending {
  readonly request: EngageRequest;
}

/** A page that has its list of profiles. */
export type WholePage = ScannedPage & Pick<Answer, "answeredAt"> & { readonly profiles: PageSlices };

// As much of a broken page as can matter to a message. To take secrets out of more would take minutes and gigabytes.
const SHOWN_BYTES = 64 * 1024;
const decoder = new TextDecoder();

/** Sends one request and makes one page of the answer; what to do about a failure is decided elsewhere. */
export class EngageClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws {EngageFailure} for everything but a whole page; the signal's reason if that is aborted */
  async page(pageIndex: number, sessionId: string | undefined, signal: AbortSignal): Promise<WholePage> {
    const { url, form: fields } = this.#options.request;
    const form = new URLSearchParams([...fields, ["page", String(pageIndex)]]);
    if (sessionId !== undefined) form.set("session_id", sessionId);
    const sent = { url, form, subject: `page ${pageIndex}`, pageIndex };
    return this.#whole(await sendRequest(sent, this.#options, signal), pageIndex);
  }

  #whole({ bytes, answeredAt }: Answer, pageIndex: number): WholePage {
    let page: ScannedPage;
    try {
      page = scanPage(bytes);
    } catch (error) {
      const start = decoder.decode(bytes.subarray(0, SHOWN_BYTES));
      // What begins like a page holds profiles, and those are nobody's business in a log.
      const shown = start.trimStart().startsWith("{") ? "" : `: ${this.#shown(start) || "nothing"}`;
      throw badResponse(pageIndex, `${(error as Error).message}${shown}`);
    }
    const { head, profiles } = page;
    if (head.status !== undefined && head.status !== "ok")
      throw badResponse(pageIndex, `It says: ${this.#shown(jsonText(head))}`);
    if (profiles === undefined)
      throw badResponse(pageIndex, `It has no list of results: ${this.#shown(jsonText(head))}`);
    return { ...page, profiles, answeredAt };
  }

  /** Redacted before it is shortened: half a secret would not be found. */
  #shown(text: string): string {
    return shorten(this.#options.auth.redact(text.slice(0, SHOWN_BYTES)));
  }
}

function badResponse(pageIndex: number, problem: string): EngageFailure {
  return new EngageFailure(
    new EngageError("bad-response", `Mixpanel's answer is no page of profiles (page ${pageIndex}). ${problem}`, {
      pageIndex,
    }),
  );
}
