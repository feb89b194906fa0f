// Lives here: the optimality conditions as lines under their bound. Independent of: how conditions were computed.

// |x_j'r|/n of each feature, or its share of the bound, which selected features reach.
class OptimalitySource {
  constructor(app, arrays) {
    Object.assign(this, { app, columns: arrays.optimality_features, values: arrays.optimality });
    this.count = this.columns.length;
    this.bounds = app.data.alphas.map((alpha) => alpha * app.data.header.l1_ratio);
  }

  get isRatio() {
    return this.app.state.get("ratio");
  }

  at(id, k) {
    const value = this.values[id * this.app.data.n + k];
    return this.isRatio ? (this.bounds[k] > 0 ? value / this.bounds[k] : 1) : value;
  }

  scale() {
    if (this.isRatio) return new ValueScale(0, 1.06);
    let high = 0;
    for (const value of this.values) if (value > high) high = value;
    const least = this.bounds.filter((bound) => bound > 0).at(-1) ?? 1;
    return new ValueScale(Math.min(least / 2, high / 2), Math.max(high, this.bounds[0]) * 1.15, true);
  }

  key() {
    return String(this.isRatio);
  }
  strong() {
    return this.idsOf(this.app.pathSource.strong());
  }
  pins() {
    return this.idsOf(this.app.pinnedPositions());
  }
  feature(id) {
    return this.columns[id];
  }
  label(id) {
    return this.app.data.header.optimality_names[id];
  }
  unit(value) {
    return this.isRatio ? `${(100 * value).toFixed(1)}% of the bound` : formatNumber(value);
  }

  idsOf(positions) {
    this.ids ??= new Map(Array.from(this.columns, (feature, id) => [feature, id]));
    return positions.map((j) => this.ids.get(this.app.data.feature[j])).filter((id) => id !== undefined);
  }

  colorOf(id) {
    const j = this.app.data.placeOf.get(this.columns[id]);
    return j === undefined ? null : this.app.colorOf(j);
  }

  fill(id, out) {
    for (let k = 0; k < out.length; k += 1) out[k] = this.at(id, k);
    return [0, out.length - 1];
  }

  valueAt(id, position) {
    const k = Math.floor(position),
      t = position - k;
    return t === 0 ? this.at(id, k) : (1 - t) * this.at(id, k) + t * this.at(id, k + 1);
  }

  each(position, visit) {
    for (let id = 0; id < this.count; id += 1) visit(id, this.valueAt(id, position));
  }

  title() {
    const what = this.app.data.nTasks > 1 ? "\u2016x\u2032R\u2016 / n" : "|x\u2032r| / n";
    return this.isRatio ? `${what} of each feature, as a share of the bound` : `${what} of each feature (log scale)`;
  }

  drawBehind(context, chart) {
    const { colors } = this.app;
    context.beginPath();
    for (const { x, k, t } of chart.grid) {
      const bound = this.isRatio ? 1 : t === 0 ? this.bounds[k] : (1 - t) * this.bounds[k] + t * this.bounds[k + 1];
      context.lineTo(x, chart.scale.pixel(bound));
    }
    context.strokeStyle = colors.fg;
    context.lineWidth = 1.5;
    context.setLineDash([6, 4]);
    context.stroke();
    context.setLineDash([]);
  }
}

// The chart, what it means, and the features by their distance from the bound.
class OptimalityView {
  constructor(app, host, arrays) {
    this.app = app;
    this.source = new OptimalitySource(app, arrays);
    this.modes = makeSegments(
      "Scale of the picture",
      [
        [false, "value"],
        [true, "share of the bound"],
      ],
      (value) => app.state.set({ ratio: value }),
    );
    this.status = make("p", { class: "status" });
    const { chartHost, tableHost } = makeColumns(host, [...this.explanation(), this.status], this.modes.element);
    this.chart = new LineChart(app, chartHost, this.source, {
      label: "Optimality conditions along the path",
      sliderLabel: "alpha, in the picture of optimality",
      withCounts: false,
      margin: (width) => ({ top: 30, right: app.labelMargin(width) }),
    });
    this.table = new VirtualTable(tableHost, "Features by their distance from the bound", this.columns());
  }

  columns() {
    const label = (row) => row.label;
    return [
      { key: "name", title: "Feature", className: "name", cell: () => textCell(label, label, "th") },
      {
        key: "share",
        title: "Share",
        note: "Share of the bound",
        className: "number",
        cell: () => textCell((row) => `${(100 * row.ratio).toFixed(1)}%`),
      },
      {
        key: "in",
        title: "Selected",
        className: "flag",
        cell: () => textCell((row) => (row.selected ? "yes" : "no")),
      },
    ];
  }

  explanation() {
    const { data } = this.app,
      all = this.source.count === data.header.n_penalised;
    const bound = data.header.l1_ratio === 1 ? "alpha" : "alpha \u00d7 l1_ratio";
    const weighted = data.header.plain_factors ? "" : " Each is divided by the factor of its penalty.";
    return [
      make("h2", { text: "Why these features" }),
      make("p", {
        text:
          "A coefficient of the optimal model is 0 as long as the correlation of its feature with the residual, " +
          `|x\u2032r|/n, is below the bound ${bound} (dashed). ` +
          `Selected features stay exactly at the bound.${weighted}`,
      }),
      make("p", {
        class: "muted",
        text: all
          ? `All ${plural(this.source.count, "feature")} with a penalty are shown.`
          : `Shown: ${formatCount(this.source.count)} of ${formatCount(data.header.n_penalised)} features, ` +
            "those that enter first and those that come closest.",
      }),
    ];
  }

  draw(isStale) {
    this.modes.show(this.app.state.get("ratio"));
    if (isStale) this.chart.forget();
    this.chart.draw();
    const { app, source } = this,
      { data } = app,
      k = app.nearestLevel(),
      bound = source.bounds[k];
    const rows = Array.from({ length: source.count }, (_, id) => {
      const j = data.placeOf.get(source.columns[id]);
      return {
        id,
        label: source.label(id),
        ratio: bound > 0 ? source.values[id * data.n + k] / bound : 1,
        selected: j !== undefined && data.entryAt(j, k) >= 0,
      };
    }).sort((a, b) => a.selected - b.selected || b.ratio - a.ratio);
    const next = rows.find((row) => !row.selected);
    const n = rows.filter((row) => row.selected).length;
    setText(
      this.status,
      `At alpha ${formatNumber(data.alphas[k])}: ${plural(n, "shown feature")} at the bound` +
        (next === undefined
          ? "."
          : `; the closest of the others is ${isolated(next.label)} with ${(100 * next.ratio).toFixed(1)}%.`),
    );
    this.table.setRows(rows.length, (index) => ({
      ...rows[index],
      onClick: () => app.togglePin(source.columns[rows[index].id]),
    }));
  }
}
