const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** `12,345`, or `1 page` and `2 pages` with a noun. */
export function countText(count, noun) {
  const number = numbers.format(count);
  return noun === undefined ? number : `${number} ${noun}${count === 1 ? "" : "s"}`;
}
