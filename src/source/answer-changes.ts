import type { OnWarning } from "../engage-warning.ts";
import type { ExportSession } from "../page/page-result.ts";
import { sessionIdOf } from "./page-plan.ts";

type Head = Readonly<Record<string, unknown>>;

/** Compares what each page says of the export with what page 0 said, and warns once of each thing that changed. */
export class AnswerChanges {
  readonly #warn: OnWarning;
  readonly #told = new Set<string>();

  constructor(warn: OnWarning) {
    this.#warn = warn;
  }

  /** @returns whether the page names another session */
  compare(session: ExportSession, pageIndex: number, head: Head): boolean {
    this.#compareFigure("total", session.total, head.total, pageIndex);
    this.#compareFigure("page size", session.pageSize, head.page_size, pageIndex);
    const sessionId = sessionIdOf(head);
    if (sessionId === undefined || sessionId === session.sessionId) return false;
    this.#tell("session", {
      code: "session-changed",
      message: `Page ${pageIndex} names another session than page 0, so profiles may have come twice or not at all`,
    });
    return true;
  }

  #compareFigure(name: string, taken: number | undefined, said: unknown, pageIndex: number): void {
    if (said === undefined || said === null || said === taken) return;
    if (pageIndex === 0) {
      const instead = taken === undefined ? "pages are read until one is short" : `${taken} is taken instead`;
      const shown = typeof said === "number" ? said : `no number but ${typeof said}`;
      this.#tell(name, {
        code: "figures-changed",
        message: `Mixpanel's ${name} cannot be right, ${instead}: ${shown}`,
      });
    } else if (taken !== undefined && typeof said === "number") {
      const message = `Mixpanel's ${name} changed while the pages were read: ${taken} on page 0, ${said} on page ${pageIndex}`;
      this.#tell(name, { code: "figures-changed", message });
    }
  }

  #tell(subject: string, warning: Parameters<OnWarning>[0]): void {
    if (this.#told.has(subject)) return;
    this.#told.add(subject);
    this.#warn(warning);
  }
}
