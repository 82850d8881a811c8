import { helpOption } from "../arguments/export-options.ts";

/** The options of `engage-export demo`. */
export const demoOptions = helpOption;
