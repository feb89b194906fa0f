// Lives here: the coefficients as lines. Independent of: canvas, the other views.

const N_STRONG = 8; // lines that are coloured and labelled

// The lines of the coefficients, on the scale that the state names.
class PathSource {
  constructor(app) {
    this.app = app;
    this.count = app.data.m;
    this.refresh();
  }

  // Take over the scale and the target of the state.
  refresh() {
    const { data, state } = this.app,
      standard = state.get("scale") === "standard";
    this.factors = standard && data.scales !== null ? data.scales : new Float64Array(data.m).fill(1);
    this.range = this.findRange();
    this.strongest = strongest(data, this.factors, N_STRONG);
  }

  findRange() {
    const { data } = this.app;
    let low = 0,
      high = 0;
    for (let e = 0; e < data.size; e += 1) {
      const value = data.shown[e] * this.factors[data.entryFeature[e]];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low === 0 && high === 0) return [-1, 1];
    const room = (high - low) * 0.04;
    return [low < 0 ? low - room : 0, high > 0 ? high + room : room];
  }

  scale() {
    return new ValueScale(...this.range);
  }
  key() {
    return `${this.app.state.get("scale")} ${this.app.data.target}`;
  }
  strong() {
    return this.strongest;
  }
  pins() {
    return this.app.pinnedPositions();
  }
  colorOf(j) {
    return this.app.colorOf(j);
  }
  label(j) {
    return this.app.data.label(j);
  }
  feature(j) {
    return this.app.data.feature[j];
  }
  unit(value) {
    return formatSigned(value);
  }
  fill(j, out) {
    return this.app.data.fillLine(j, out, this.factors[j]);
  }
  valueAt(j, position) {
    return this.factors[j] * this.app.data.valueAt(j, position);
  }

  each(position, visit) {
    const { data } = this.app,
      k = Math.floor(position);
    for (const level of position > k ? [k, k + 1] : [k]) {
      for (let i = data.levelStarts[level]; i < data.levelStarts[level + 1]; i += 1) {
        const j = data.entryFeature[data.levelEntries[i]];
        visit(j, this.valueAt(j, position));
      }
    }
  }

  title() {
    const { data, state } = this.app;
    const what = data.target < 0 ? "norm of the coefficients over tasks" : "coefficient";
    return state.get("scale") === "standard" ? `${what} \u00d7 standard deviation of the feature` : what;
  }
}

// Positions of the features whose coefficients are largest anywhere on the path, the largest first.
function strongest(data, factors, count) {
  const sizes = new Float64Array(data.m);
  for (let e = 0; e < data.size; e += 1) {
    const j = data.entryFeature[e],
      size = Math.abs(data.shown[e]) * factors[j];
    if (size > sizes[j]) sizes[j] = size;
  }
  return Array.from(sizes.keys())
    .sort((a, b) => sizes[b] - sizes[a])
    .slice(0, count);
}
