import type { SimulatedPage } from "../requests/page-body.ts";
import type { Fault } from "./fault.ts";

/** The page as a fault leaves it; faults of other kinds leave it alone. */
export function faultedPage(page: SimulatedPage, fault: Fault | undefined): SimulatedPage {
  const { begin, end } = page;
  switch (fault?.kind) {
    case "empty-page":
      return { ...page, end: begin };
    case "short-page":
      return { ...page, end: Math.min(end, begin + (fault.rows ?? Math.floor((end - begin) / 2))) };
    case "fields":
      return { ...page, members: { ...page.members, ...fault.fields } };
    default:
      return page;
  }
}
