import { EngageError } from "../engage-error.ts";
import type { OnWarning } from "../engage-warning.ts";
import type { Checkpoint } from "../export/checkpoint.ts";
import { type EngageProfile, engageProfile } from "../page/engage-profile.ts";
import type { ExportSession, PageResult } from "../page/page-result.ts";
import { InOrder } from "./in-order.ts";
import type { Load, PageLoader } from "./page-loader.ts";
import { isLastPage, withinLimit } from "./page-plan.ts";

interface ReadOptions {
  readonly loader: PageLoader;
  readonly concurrency: number;
  /** Aborted to end every request in flight: by the caller, or here. */
  readonly end: AbortController;
  readonly warn: OnWarning;
}

type Page = PageResult<EngageProfile>;

// https://developer.mixpanel.com/reference/rate-limits
const QUERIES_PER_HOUR = 60;
// A server that fails so often is lost, and would be asked for every further page in vain.
const FAILURES_IN_A_ROW = 20;

/** Page 0, then the others in order, read ahead; or what a checkpoint leaves to do. */
export async function* readPages(options: ReadOptions, resume: Checkpoint | undefined): AsyncGenerator<Page, void> {
  if (resume !== undefined) {
    yield* readRemaining(options, resume, 0);
    return;
  }
  const first = await options.loader.load(0, undefined, options.end.signal);
  if ("error" in first) throw first.error;
  const { session, page } = first;
  warnOfManyPages(session, options.warn);
  yield pageResult(session, 0, first);
  if (isLastPage(session, 0, page.profiles.length)) return;
  yield* readRemaining(options, { session, nextPage: 1, failedPages: [] }, page.profiles.bytes.length);
}

async function* readRemaining(
  { loader, concurrency, end }: ReadOptions,
  checkpoint: Checkpoint,
  typicalBytes: number,
): AsyncGenerator<Page, void> {
  const { session } = checkpoint;
  const isEndKnown = session.totalPages !== undefined;
  const loads = new InOrder<{ readonly index: number; readonly load: Load }>({
    indexes: remainingPages(checkpoint),
    // Where the end is unknown, each page beyond it is a request for nothing.
    window: isEndKnown ? 2 * concurrency : concurrency,
    mayGrow: isEndKnown,
    typicalBytes,
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
  try {
    for (let next = await loads.next(); next !== undefined; next = await loads.next()) {
      const { index, load } = next;
      if (!isEndKnown && "error" in load) throw load.error;
      yield pageResult(session, index, load);
      failures = "error" in load ? failures + 1 : 0;
      if ("error" in load && failures === FAILURES_IN_A_ROW) throw lostServer(load.error);
      if (!isEndKnown && "page" in load && isLastPage(session, index, load.page.profiles.length)) {
        end.abort();
        return;
      }
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

function pageResult(session: ExportSession, pageIndex: number, load: Load): Page {
  const { attempts } = load;
  if ("error" in load) return { status: "failed", session, pageIndex, attempts, error: load.error };
  const { profiles } = load.page;
  const length = Math.max(0, Math.min(profiles.length, withinLimit(session, pageIndex)));
  const rows = Array.from({ length }, (_, index) => engageProfile(profiles, index));
  return { status: "loaded", session, pageIndex, attempts, rows };
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
