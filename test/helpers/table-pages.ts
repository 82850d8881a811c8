export { failedPage, pageOf, sessionOf } from "./page-results.ts";
