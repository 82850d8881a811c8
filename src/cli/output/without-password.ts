/** The URL of a database as it may be shown. What stands between the first colon and the last @ may all be a password. */
export function withoutPassword(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^:@/?#]*):.*@/s, "$1@").replace(/([?&](?:ssl)?password=)[^&#]*/gi, "$1…");
}
