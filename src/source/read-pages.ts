import { EngageError } from "../engage-error.ts";
import type { OnWarning } from "../engage-warning.ts";
import type { Checkpoint } from "../export/checkpoint.ts";
import type { EngageProfile } from "../page/engage-profile.ts";
import type { ExportSession, PageResult } from "../page/page-result.ts";
import { SLICES } from "../page/page-slices.ts";
import { checkUpdated } from "./check-updated.ts";
import { InOrder } from "./in-order.ts";
import type { OnInvalidProfile } from "./invalid-profiles.ts";
import { PageDelivery } from "./page-delivery.ts";
import type { Load, PageLoader } from "./page-loader.ts";
import { isLastPage, profileCountOf, withinLimit } from "./page-plan.ts";
import type { WholePage } from "./request/engage-client.ts";

interface ReadOptions {
  readonly loader: PageLoader;
  readonly concurrency: number;
  /** Aborted to end every request in flight: by the caller, or here. */
  readonly end: AbortController;
  readonly warn: OnWarning;
  readonly onInvalidProfile?: OnInvalidProfile | undefined;
}

type Page = PageResult<EngageProfile>;

// https://developer.mixpanel.com/reference/rate-limits
const QUERIES_PER_HOUR = 60;
// A server that fails so often is lost, and would be asked for every further page in vain.
const FAILURES_IN_A_ROW = 20;
// The same for a server that sends one page for ever, if nobody knows how many there are.
const REPETITIONS_IN_A_ROW = 20;

/** Page 0, then the others in order, read ahead; or what a checkpoint leaves to do. */
export async function* readPages(options: ReadOptions, resume: Checkpoint | undefined): AsyncGenerator<Page, void> {
  const delivery = new PageDelivery(options.warn, options.onInvalidProfile);
  try {
    yield* resume === undefined ? readAll(options, delivery) : readRemaining(options, delivery, resume);
  } finally {
    delivery.end();
  }
}

async function* readAll(options: ReadOptions, delivery: PageDelivery): AsyncGenerator<Page, void> {
  const first = await options.loader.load(0, undefined, options.end.signal);
  if ("error" in first) throw first.error;
  const { session, page } = first;
  checkUpdated(page, session.query, 0);
  warnOfManyPages(session, options.warn);
  yield await delivery.result(session, 0, first);
  if (isLastPage(session, 0, profileCountOf(page))) return;
  yield* readRemaining(options, delivery, { session, nextPage: 1, failedPages: [] }, page);
}

async function* readRemaining(
  { loader, concurrency, end }: ReadOptions,
  delivery: PageDelivery,
  checkpoint: Checkpoint,
  before?: WholePage,
): AsyncGenerator<Page, void> {
  const { session } = checkpoint;
  const isEndKnown = session.totalPages !== undefined;
  const loads = new InOrder<{ readonly index: number; readonly load: Load }>({
    indexes: remainingPages(checkpoint),
    // If the end is unknown, each page beyond it is a request for nothing.
    window: isEndKnown ? 2 * concurrency : concurrency,
    mayGrow: isEndKnown,
    typicalBytes: before?.profiles.bytes.length ?? 0,
    bytesOf: ({ load }) => ("page" in load ? load.page.profiles.bytes.length : 0),
    load: async (index, onRepeat) => {
      try {
        return { index, load: await loader.load(index, session, end.signal, onRepeat) };
      } catch (error) {
        // A page beyond an unknown end says nothing before its turn, which may never come.
        if (isEndKnown) end.abort(error);
        throw error;
      }
    },
  });
  let failures = 0;
  let repetitions = 0;
  let previous = before;
  try {
    for (let next = await loads.next(); next !== undefined; next = await loads.next()) {
      const { index, load } = next;
      if (!isEndKnown && "error" in load) throw load.error;
      if ("page" in load) checkUpdated(load.page, session.query, index);
      yield await delivery.result(session, index, load);
      failures = "error" in load ? failures + 1 : 0;
      if ("error" in load && failures === FAILURES_IN_A_ROW) throw lostServer(load.error);
      if (isEndKnown || "error" in load) continue;
      if (isLastPage(session, index, profileCountOf(load.page))) {
        end.abort();
        return;
      }
      repetitions = previous && holdSame(previous, load.page) ? repetitions + 1 : 0;
      if (repetitions === REPETITIONS_IN_A_ROW) throw endless(index);
      previous = load.page;
    }
  } catch (error) {
    end.abort(error);
    throw error;
  }
}

/** The pages that are missing, then those that were never reached. */
function* remainingPages({ session, nextPage, failedPages }: Checkpoint): Generator<number, void> {
  yield* failedPages;
  const end = session.totalPages ?? Number.POSITIVE_INFINITY;
  for (let page = nextPage; page < end && withinLimit(session, page) > 0; page++) yield page;
}

/** Whether two pages hold the very same profiles, byte for byte. */
function holdSame({ profiles: one }: WholePage, { profiles: other }: WholePage): boolean {
  const [a, b] = [one, other].map((page) =>
    page.bytes.subarray(page.begin(0, SLICES.profile), page.end(page.length - 1, SLICES.profile)),
  );
  return one.length > 0 && a?.length === b?.length && a?.every((byte, at) => byte === b?.[at]) === true;
}

function endless(pageIndex: number): EngageError {
  const message = `Mixpanel does not say how many profiles there are, and ${REPETITIONS_IN_A_ROW} pages in a row hold the same ones (page ${pageIndex})`;
  return new EngageError("bad-response", message, { pageIndex });
}

function lostServer(error: EngageError): EngageError {
  const message = `${FAILURES_IN_A_ROW} pages in a row failed, the last because: ${error.message}`;
  const { code, status, pageIndex, retryAfter } = error;
  return new EngageError(code, message, { cause: error, status, pageIndex, retryAfter });
}

function warnOfManyPages({ totalPages = 0 }: ExportSession, warn: OnWarning): void {
  if (totalPages <= QUERIES_PER_HOUR) return;
  warn({
    code: "many-pages",
    message: `${totalPages} pages: Mixpanel documents ${QUERIES_PER_HOUR} queries an hour; pages of one session have not been counted so far, so expect one`,
  });
}
