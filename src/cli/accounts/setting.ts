/** A setting and where it came from. */
export interface Setting {
  readonly value: string;
  /** What the user calls the place: `--region`, `MP_REGION` or `region of account team`. */
  readonly name: string;
  /** Whether it is the account file's. */
  readonly isFiled?: boolean;
}

/**
 * Settings by the library's names for them. `account` is the account of the file that gave the credentials; those are
 * `username` and `secret`, or `bearer`.
 */
export type Settings = ReadonlyMap<string, Setting>;

/** Whether Mixpanel can be asked with them. */
export function isComplete(settings: Settings): boolean {
  return settings.has("projectId") && (settings.has("bearer") || (settings.has("username") && settings.has("secret")));
}
