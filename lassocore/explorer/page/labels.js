// Lives here: labels that do not overlap, names within sentences. Independent of: what they name.

const LABEL_SPACE = 20; // of a label, beside its text

// Heights closest to the wanted ones (rising) that are at least `gap` apart and within [low, high].
function spread(wanted, gap, low, high) {
  const blocks = []; // labels that touch move together: their mean, less the offsets within the block
  for (const [k, y] of wanted.entries()) {
    blocks.push({ sum: y - k * gap, count: 1 });
    while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) {
      const top = blocks.pop();
      blocks.at(-1).sum += top.sum;
      blocks.at(-1).count += top.count;
    }
  }
  const shift = blocks.flatMap((block) => Array(block.count).fill(mean(block)));
  const room = Math.max(low, high - (wanted.length - 1) * gap);
  return shift.map((start, k) => clamp(start, low, room) + k * gap);
}

function mean(block) {
  return block.sum / block.count;
}

// The text, shortened to a width in its middle: names differ at their beginning or at their end.
function fitText(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const shortened = (kept) =>
    `${text.slice(0, Math.ceil(kept * 0.6))}\u2026${text.slice(text.length - Math.floor(kept * 0.4))}`;
  let low = 1,
    high = text.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (context.measureText(shortened(middle)).width <= width) low = middle;
    else high = middle;
  }
  return shortened(low);
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

// A name within a sentence: its direction of writing leaves the words around it alone.
function isolated(text) {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

// Draw labels [{ text, y, color }] beside the right end of a plot, each with a line to the height that it names; where
// there is no room for all, the first ones.
function drawEndLabels(context, chart, labels) {
  const { plot, width } = chart,
    gap = FONT_SIZE + 3;
  const most = Math.floor((plot.bottom - plot.top) / gap);
  const shown = labels.slice(0, most).sort((a, b) => a.y - b.y);
  const heights = spread(
    shown.map((label) => label.y),
    gap,
    plot.top + 7,
    plot.bottom - 7,
  );
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const [k, label] of shown.entries()) {
    line(context, plot.right + 2, label.y, plot.right + 12, heights[k], label.color);
    context.fillStyle = label.color;
    context.fillText(fitText(context, label.text, width - plot.right - LABEL_SPACE), plot.right + 15, heights[k]);
  }
}
