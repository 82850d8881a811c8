const COLORS = ["#1b6ac9", "#c2410c", "#15803d"];
const PANEL = { width: 380, height: 220, left: 60, top: 50 };
const GAP = 90;

/** Time per page and peak memory over the number of pages, as an SVG. `points` are `{ label, pages, perPage, peakRss }`. */
export function growthPlot(points) {
  const labels = [...new Set(points.map(({ label }) => label))];
  const panels = [
    panel("Milliseconds a page", points, labels, ({ perPage }) => perPage * 1000, PANEL.left),
    panel("Peak memory, MB", points, labels, ({ peakRss }) => peakRss / 1e6, PANEL.left + PANEL.width + GAP),
  ];
  const legend = labels.map((label, nth) =>
    text(PANEL.left + nth * 300, 20, label, `fill="${COLORS[nth]}" font-weight="bold"`),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * PANEL.width + GAP + 80} 320" font-family="sans-serif" font-size="12">
<title>Time per page and peak memory of exports from 10 to 1,000 pages</title>
<rect width="100%" height="100%" fill="#fff"/>
${[...legend, ...panels].join("\n")}
</svg>
`;
}

function panel(title, points, labels, figure, left) {
  const sizes = [...new Set(points.map(({ pages }) => pages))].sort((a, b) => a - b);
  const [first, last] = [sizes[0], sizes[sizes.length - 1]];
  const top = roundUp(Math.max(...points.map(figure)));
  const bottom = PANEL.top + PANEL.height;
  const x = (pages) => left + (PANEL.width * Math.log(pages / first)) / Math.log(last / first);
  const y = (value) => bottom - (PANEL.height * value) / top;
  const lines = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(part * top);
    const line = `<path d="M${left} ${at}h${PANEL.width}" stroke="#ddd"/>`;
    return line + text(left - 6, at + 4, String(part * top), 'text-anchor="end"');
  });
  const ticks = sizes.map((pages) => text(x(pages), bottom + 18, String(pages), 'text-anchor="middle"'));
  const series = labels.map((label, nth) => {
    const own = points.filter((point) => point.label === label).sort((a, b) => a.pages - b.pages);
    const dots = own.map((point) => `<circle cx="${x(point.pages)}" cy="${y(figure(point))}" r="3"/>`).join("");
    const middles = sizes.map((pages) => [pages, middleOf(own.filter((point) => point.pages === pages).map(figure))]);
    const path = middles.map(([pages, value]) => `${x(pages)},${y(value)}`).join(" ");
    return `<g fill="${COLORS[nth]}"><polyline points="${path}" fill="none" stroke="${COLORS[nth]}" stroke-width="2"/>${dots}</g>`;
  });
  return [
    text(left, PANEL.top - 10, title),
    text(left + PANEL.width / 2, bottom + 38, "pages of 1,000 profiles", 'text-anchor="middle"'),
    ...lines,
    ...ticks,
    ...series,
  ].join("\n");
}

function middleOf(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** The next 1, 2 or 4 followed by zeros, which divides by four. */
function roundUp(value) {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 10].map((step) => step * magnitude).find((step) => step >= value);
}

function text(x, y, content, attributes = "") {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
}
