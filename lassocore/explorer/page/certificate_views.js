// Lives here: the tabs of certificates and of knots. Independent of: the tab of the path.

// The gap of each alpha against its tolerance, and the work that it took.
class CertificatesView {
  constructor(app, host) {
    this.app = app;
    const { chartHost, tableHost } = makeColumns(host, this.explanation(app.data));
    this.chart = new GapChart(app, chartHost, {
      label: "Duality gap of each alpha over its tolerance",
      sliderLabel: "alpha, in the picture of certificates",
      margin: () => ({ top: 30 }),
    });
    this.table = new VirtualTable(tableHost, "Certificate of each alpha", this.columns(app.data));
  }

  explanation(data) {
    const tolerance = Number.isFinite(data.gapTol) ? `, ${formatNumber(data.gapTol, 3)} here` : "";
    const missed = data.converged.reduce((count, met) => count + (met ? 0 : 1), 0);
    const verdict =
      missed > 0
        ? `${plural(missed, "alpha")} of ${formatCount(data.n)} missed the tolerance.`
        : `All ${formatCount(data.n)} alphas are certified.`;
    return [
      make("h2", { text: "How sure the numbers are" }),
      make("p", {
        text:
          "The duality gap bounds how far the objective of a model is above its minimum. A model is certified " +
          `where its gap is within the tolerance${tolerance}.`,
      }),
      make("p", { class: missed > 0 ? "missed" : "met", text: verdict }),
    ];
  }

  columns(data) {
    const number = (key, title, of, note) => ({
      key,
      title,
      note,
      className: "number small",
      cell: () => textCell(({ k }) => of(k)),
    });
    const relative = data.relativeGaps !== null;
    return [
      number("alpha", "alpha", (k) => formatNumber(data.alphas[k])),
      relative
        ? number(
            "gap",
            "Relative gap",
            (k) => formatNumber(data.relativeGaps[k], 2),
            "Over the mean square of the centred y",
          )
        : number("gap", "Gap", (k) => formatNumber(data.gaps[k], 2)),
      ...(relative ? [] : [number("ratio", "\u00f7 tol", (k) => formatNumber(data.gapRatio(k), 2))]),
      {
        key: "met",
        title: "Certified",
        className: "flag",
        cell: () => textCell(({ k }) => (data.converged[k] ? "yes" : "no")),
      },
      number("steps", "Steps", (k) => formatCount(data.iterations[k]), "Epochs and exact steps"),
      ...(data.header.methods === null
        ? []
        : [{ key: "method", title: "Method", cell: () => textCell(({ k }) => data.header.methods[k]) }]),
    ];
  }

  draw(isStale) {
    if (isStale) this.chart.invalidate();
    this.chart.draw();
    const { app } = this,
      current = app.nearestLevel();
    this.table.setRows(app.data.n, (k) => ({
      k,
      className: k === current ? "current" : "",
      onClick: () => app.setAlpha(app.data.alphas[k]),
    }));
  }
}

// Where features enter and leave.
class KnotsView {
  constructor(app, host) {
    this.app = app;
    this.events = app.knots.flatMap(({ k, entering, leaving }) => [
      ...entering.map((j) => ({ k, j, enters: true })),
      ...leaving.map((j) => ({ k, j, enters: false })),
    ]);
    const { chartHost, tableHost } = makeColumns(host, this.explanation(app.data));
    this.chart = new KnotChart(app, chartHost, {
      label: "Features that enter and leave at each alpha",
      sliderLabel: "alpha, in the picture of knots",
      margin: () => ({ top: 30 }),
    });
    this.table = new VirtualTable(tableHost, "Features that enter and leave", this.columns(app.data));
  }

  explanation({ header }) {
    const nExits = this.events.filter((event) => !event.enters).length;
    const isLinear = header.l1_ratio === 1 && header.tasks === null && header.groups === null;
    const linear = isLinear ? ", and their coefficients are linear in alpha" : "";
    return [
      make("h2", { text: "Knots of the path" }),
      make("p", {
        text:
          `Between two knots the same features are selected${linear}. A feature that is listed at an alpha has ` +
          "entered, or left, between it and the larger alpha before.",
      }),
      make("p", {
        class: "muted",
        text: `${plural(this.events.length - nExits, "entry", "entries")}, ${plural(nExits, "exit")}.`,
      }),
    ];
  }

  columns(data) {
    const label = ({ j }) => data.label(j);
    return [
      {
        key: "alpha",
        title: "alpha",
        className: "number small",
        cell: () => textCell(({ k }) => formatNumber(data.alphas[k])),
      },
      {
        key: "event",
        title: "Event",
        className: "flag",
        cell: () => textCell(({ enters }) => (enters ? "enters" : "leaves")),
      },
      { key: "name", title: "Feature", className: "name", cell: () => textCell(label, label, "th") },
    ];
  }

  draw(isStale) {
    if (isStale) this.chart.invalidate();
    this.chart.draw();
    const { app, events } = this,
      current = app.nearestLevel();
    this.table.setRows(events.length, (index) => ({
      ...events[index],
      className: events[index].k === current ? "current" : events[index].enters ? "" : "leaving",
      onClick: () => app.setAlpha(app.data.alphas[events[index].k]),
    }));
  }
}
