// Lives here: axes of a path and scales of values. Independent of: canvas, elements.

const AXIS_LABELS = {
  alpha: "alpha (log scale)",
  l1: "L1 norm of the coefficients",
  nonzeros: "nonzero coefficients",
  r2: "R\u00b2",
};

// Where each alpha of the path is on an axis, which rises from the largest alpha to the smallest.
class PathAxis {
  constructor(data, kind) {
    this.data = data;
    this.kind = kind;
    this.isLog = kind === "alpha";
    this.marks = rising(kind === "alpha" ? logAlphas(data.alphas) : numbersOf(data, kind));
    const n = data.n;
    this.low = this.marks[0];
    this.high = n > 1 ? this.marks[n - 1] : this.low + 1;
    if (n === 1) [this.low, this.high] = [this.low - 1, this.low + 1];
  }

  // The place of a position k + t.
  at(position) {
    const k = Math.floor(position),
      t = position - k,
      marks = this.marks;
    if (t === 0) return marks[k];
    const last = this.data.alphas[k + 1];
    if (this.isLog && last > 0) return -Math.log((1 - t) * this.data.alphas[k] + t * last);
    return (1 - t) * marks[k] + t * marks[k + 1];
  }

  // The position at a place: the inverse of `at`.
  positionAt(place) {
    const n = this.data.n,
      marks = this.marks,
      alphas = this.data.alphas;
    if (n === 1 || place <= marks[0]) return 0;
    if (place >= marks[n - 1]) return n - 1;
    const k = lastAtMost(marks, place);
    if (this.isLog && alphas[k + 1] > 0) {
      return k + clamp((alphas[k] - Math.exp(-place)) / (alphas[k] - alphas[k + 1]), 0, 1);
    }
    return k + clamp((place - marks[k]) / (marks[k + 1] - marks[k]), 0, 1);
  }

  // [{ place, text }]
  ticks(count) {
    if (this.isLog) return alphaTicks(this.data.alphas, this.marks, count);
    const source = numbersOf(this.data, this.kind);
    if (this.kind === "nonzeros") {
      return linearTicks(source[0], runningMaximum(source).at(-1), count)
        .filter(Number.isInteger)
        .map((value) => ({
          place: this.marks[firstAtLeast(source, value)],
          text: formatCount(value),
        }));
    }
    return linearTicks(this.low, this.high, count).map((place) => ({ place, text: formatTick(place) }));
  }
}

function logAlphas(alphas) {
  const marks = Float64Array.from(alphas, (alpha) => -Math.log(alpha));
  const n = alphas.length;
  if (alphas[n - 1] === 0)
    marks[n - 1] = n > 2 ? marks[n - 2] + Math.max(0.7, (marks[n - 2] - marks[0]) / 12) : n > 1 ? marks[0] + 1 : 0;
  return marks;
}

function alphaTicks(alphas, marks, count) {
  const positive = alphas.filter((alpha) => alpha > 0);
  const ticks =
    positive.length === 0
      ? []
      : alphas.length === 1
        ? [alphas[0]]
        : logTicks(positive[positive.length - 1], positive[0], count);
  const found = ticks.reverse().map((alpha) => ({ place: -Math.log(alpha), text: formatTick(alpha) }));
  if (alphas[alphas.length - 1] === 0) found.push({ place: marks[alphas.length - 1], text: "0" });
  return found;
}

function numbersOf(data, kind) {
  const of = { l1: (k) => data.l1Norm(k), nonzeros: (k) => data.countAt(k), r2: (k) => data.r2[k] }[kind];
  return Float64Array.from({ length: data.n }, (_, k) => of(k));
}

function runningMaximum(numbers) {
  let most = -Infinity;
  return Array.from(numbers, (number) => {
    most = Math.max(most, number);
    return most;
  });
}

function firstAtLeast(numbers, value) {
  const found = runningMaximum(numbers).findIndex((number) => number >= value);
  return found < 0 ? numbers.length - 1 : found;
}

// Strictly rising marks: numbers that do not rise are spread evenly up to the next one that does.
function rising(numbers) {
  const marks = Float64Array.from(runningMaximum(numbers)),
    n = marks.length;
  const span = marks[n - 1] - marks[0];
  for (let k = 0; k < n;) {
    let end = k + 1;
    while (end < n && marks[end] === marks[k]) end += 1;
    const next = end < n ? marks[end] : marks[k] + (span > 0 ? span / Math.max(n - 1, 1) : end - k);
    const start = marks[k];
    for (let i = k; i < end; i += 1) marks[i] = start + ((next - start) * (i - k)) / (end - k);
    k = end;
  }
  return marks;
}

// Values to pixels: linear, or logarithmic with a floor.
class ValueScale {
  constructor(low, high, isLog = false) {
    this.isLog = isLog;
    if (isLog) [low, high] = [Math.log10(low), Math.log10(high)];
    if (!(high > low)) [low, high] = [low - 1, high + 1];
    this.low = low;
    this.high = high;
  }

  // Set pixels of the lowest and of the highest value.
  fit(bottom, top) {
    this.bottom = bottom;
    this.perUnit = (top - bottom) / (this.high - this.low);
    return this;
  }

  pixel(value) {
    const number = this.isLog ? Math.max(Math.log10(value), this.low) : value;
    return this.bottom + (number - this.low) * this.perUnit;
  }

  ticks(count) {
    return this.isLog ? logTicks(10 ** this.low, 10 ** this.high, count) : linearTicks(this.low, this.high, count);
  }
}
