/** Whether a text is a `data_group_id`: a signed 64-bit integer, too long for a number. */
export function isGroupId(text: string): boolean {
  return /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
