// Lives here: elements, numbers as text, small helpers. Independent of: paths, what is drawn.

// How often each kind of work was done, for tests of performance.
const counters = { static: 0, overlay: 0, table: 0, mass: 0 };

const SVG_NAMESPACE = "http:" + "//www.w3.org/2000/svg";

// An element with attributes, listeners (on...) and children; text is never read as HTML.
function make(tag, attributes = {}, ...children) {
  const element =
    tag === "svg" || tag === "path" ? document.createElementNS(SVG_NAMESPACE, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// A line icon, 16 units wide.
function icon(outline) {
  return make("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, make("path", { d: outline }));
}

const ICONS = {
  theme: "M8 2v12M8 2a6 6 0 0 1 0 12A6 6 0 0 1 8 2Z",
  pin: "M5 2.5h6M6 2.5l-.5 5L3.5 9.5h9L10.5 7.500 10 2.500M8 9.500v4.500",
};

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

// Set the text of an element only where it changes: layout is costly.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const MINUS = "\u2212";

// A number in a few significant digits, with a true minus sign.
function formatNumber(value, digits = 4) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "unknown" : value > 0 ? "\u221e" : MINUS + "\u221e";
  const size = Math.abs(value);
  const text =
    size >= 1e6 || size < 1e-4 ? size.toExponential(Math.max(0, digits - 2)).replace("e+", "e") : fixed(size, digits);
  return (value < 0 ? MINUS : "") + text.replace("e-", "e" + MINUS);
}

// A number of ordinary size in significant digits, without an exponent.
function fixed(size, digits) {
  const places = clamp(digits - 1 - Math.floor(Math.log10(size)), 0, 12);
  return size.toFixed(places);
}

function formatSigned(value, digits = 4) {
  return (value > 0 ? "+" : "") + formatNumber(value, digits);
}

// Labels of ticks: as few digits as tell them apart.
function formatTick(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1e5 || size < 1e-3
      ? Number(size.toPrecision(3)).toExponential().replace("e+", "e")
      : String(Number(size.toPrecision(6)));
  return (value < 0 ? MINUS : "") + text.replace("e-", "e" + MINUS);
}

function formatCount(count) {
  return count.toLocaleString("en-US");
}

function plural(count, noun, nouns = `${noun}s`) {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

// Round steps of 1, 2 or 5 times a power of ten that give about `count` ticks from low to high.
function linearTicks(low, high, count) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
  const ticks = [];
  const end = high + step * 1e-9;
  for (let k = Math.ceil(low / step - 1e-9); k * step <= end; k += 1) ticks.push(k * step + 0); // + 0: never -0
  return ticks;
}

// Ticks of a logarithmic scale: powers of ten, or 1, 2 and 5 times these where there are few.
function logTicks(low, high, count) {
  const first = Math.floor(Math.log10(low)),
    last = Math.ceil(Math.log10(high));
  const factors = [[1, 2, 5], [1, 3], [1]].find((each) => each.length * Math.log10(high / low) <= count * 1.2) ?? [1];
  const stride = Math.max(1, Math.ceil(Math.log10(high / low) / (Math.max(count, 1) * 1.3)));
  const ticks = [];
  for (let power = first; power <= last; power += stride) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}

// The last index whose entry of a rising array is at most value; at least 0.
function lastAtMost(rising, value) {
  let low = 0,
    high = rising.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}

// Call it once before the next frame, however often it is asked for.
function oncePerFrame(action) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      action();
    });
  };
}

// Offer text or a Blob as a file.
function download(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Copy text; pages opened from a file may have no clipboard API.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { class: "sr-only", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
