/** Of `names` the one that `word` was most likely meant to be; undefined when none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = distanceOf(plain(word), plain(name));
    if (distance <= tolerance(word, name) && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** `outputProperties`, `output_properties` and `--output-properties` are one word. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, "");
}

/** Two letters of five, three at most; none of two, since `us` is not near to `uk`. */
function tolerance(word: string, name: string): number {
  const length = Math.max(plain(word).length, plain(name).length);
  return length === 3 ? 1 : Math.min(3, Math.floor((length * 2) / 5));
}

/** Below 1 for one that begins with the other (`--project`, `--output`) or has the same letters, else the edits between them. */
function distanceOf(one: string, other: string): number {
  if (one === other) return 0;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  if (short.length >= 2 && long.startsWith(short)) return 0.1 + (long.length - short.length) / 1000;
  if (letters(one) === letters(other)) return 0;
  return edits(one, other);
}

function letters(text: string): string {
  return [...text].sort().join("");
}

/** Letters to insert, to delete, to replace, or neighbours to swap. */
function edits(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      line.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(one.length, other.length);
}
