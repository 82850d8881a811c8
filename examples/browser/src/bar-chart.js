import { countText } from "./count-text.js";

const ROW = 42;
const LONGEST_LABEL = 34;

/** Horizontal bars as SVG, each under its label. Widths are shares, so that it fits any width as it is. */
export function barChart(bars, caption) {
  const most = Math.max(...bars.map(({ count }) => count), 1);
  const said = bars.map(({ label, count }) => `${label}: ${countText(count)}`).join("; ");
  const rows = bars.map(({ label, count, isRest }, index) => {
    const short = label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
    return svg("g", { transform: `translate(0 ${index * ROW})`, class: isRest ? "rest" : "" }, [
      svg("text", { y: 15 }, [short]),
      svg("text", { x: "100%", y: 15, "text-anchor": "end", class: "count" }, [countText(count)]),
      svg("rect", { y: 22, width: "100%", height: 10, rx: 5, class: "track" }),
      // A count that is not 0 must show.
      svg("rect", { y: 22, width: `${count === 0 ? 0 : Math.max((100 * count) / most, 0.5)}%`, height: 10, rx: 5 }),
    ]);
  });
  return svg(
    "svg",
    { role: "img", "aria-label": `${caption}. ${said}`, width: "100%", height: bars.length * ROW },
    rows,
  );
}

function svg(name, attributes, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
