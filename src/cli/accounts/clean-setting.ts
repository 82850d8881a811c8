const QUOTED = /^(["'])(.*)\1$/s;

/**
 * A setting without what a careless copy, a `.env` file with CRLF or a shell leaves around it: white space, and quotes when
 * both ends have one. Undefined when nothing is left: a setting that is empty is one that is not set.
 */
export function cleanSetting(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? "";
  const quoted = QUOTED.exec(trimmed)?.[2];
  return (quoted?.trim() ?? trimmed) || undefined;
}
