/** An argument or the URL of a database as it may be shown: the password is left out. */
export function withoutPassword(text: string): string {
  const [, head, rest] = /^(.*?postgres(?:ql)?:\/\/[^:@/?#]*)(:.*)$/s.exec(text) ?? [];
  const shown = head === undefined || rest === undefined ? text : head + withoutSecret(rest);
  return shown.replace(/([?&](?:ssl)?password=)[^&#]*/gi, "$1…");
}

/** @param rest from the first colon behind the user: a password or a port follows */
function withoutSecret(rest: string): string {
  if (/^:[^/?#]*@/.test(rest)) return rest.replace(/^:[^/?#]*@/, "@");
  // A slash in a password must be encoded; if it is not, all of it is hidden.
  return /^:\d*(?:[,/?#]|$)/.test(rest) ? rest : rest.replace(/^:.*@/s, "@");
}
