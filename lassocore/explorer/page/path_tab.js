// Lives here: the first tab: the picture of the path, its numbers and its table. Independent of: how they are drawn.

class PathTab {
  constructor(app, host) {
    this.app = app;
    const { data, state } = app;
    this.axes = makeSegments(
      "Horizontal axis",
      [
        ["alpha", "alpha"],
        ["l1", "L1 norm"],
        ["nonzeros", "Nonzeros"],
        ["r2", "R\u00b2"],
      ],
      (axis) => state.set({ axis }),
    );
    this.scales =
      data.scales === null
        ? null
        : makeSegments(
            "Scale of the coefficients",
            [
              ["raw", "Raw", "Coefficients on the scale of the data"],
              ["standard", "Standardised", "Coefficients times the standard deviations of their features"],
            ],
            (scale) => state.set({ scale }),
          );
    const chartHost = make("div", { class: "panel fill" });
    const curveHost = data.validation === null ? null : make("div", { class: "panel curve" });
    const numbers = make("div", { class: "panel numbers" });
    const tableHost = make("div", { class: "rows" });
    host.append(
      make(
        "div",
        { class: "main" },
        make("div", { class: "toolbar" }, this.axes.element, this.scales?.element, this.targets(), this.actions()),
        chartHost,
        curveHost,
      ),
      make("div", { class: "side" }, numbers, make("div", { class: "panel features" }, this.searchRow(), tableHost)),
    );
    this.readouts = new Readouts(app, numbers);
    this.table = new FeatureTable(app, tableHost);
    this.chart = new LineChart(app, chartHost, app.pathSource, {
      label: "Coefficients along the path",
      sliderLabel: "alpha",
      margin: (width) => ({ top: 46, right: app.labelMargin(width) }),
    });
    this.curve =
      curveHost === null
        ? null
        : new ValidationChart(app, curveHost, {
            label: "Validation error along the path",
            sliderLabel: "alpha, in the validation curve",
            tickSpace: 30,
            margin: (width) => ({ top: 26, right: app.labelMargin(width) }),
          });
  }

  get charts() {
    return this.curve === null ? [this.chart] : [this.chart, this.curve];
  }

  // A choice of the task, where there are several.
  targets() {
    const { header } = this.app.data;
    if (header.tasks === null) return null;
    this.select = make(
      "select",
      {
        class: "field",
        "aria-label": "Coefficients of",
        onchange: () => this.app.state.set({ target: Number(this.select.value) }),
      },
      make("option", { value: "-1", text: "norm over tasks" }),
      ...header.tasks.map((task, k) => make("option", { value: String(k), text: `task ${isolated(task)}` })),
    );
    return this.select;
  }

  actions() {
    const { app } = this,
      name = () => fileName(app.data.header.title);
    const button = (text, title, act) =>
      make("button", { type: "button", class: "button", text, title, onclick: act });
    const copy = button("Copy as Python", "Copy lines of Python that give this model", async () => {
      app.say((await copyText(pythonOf(app))) ? "Copied as Python" : "Copying was refused by the browser");
    });
    return make(
      "div",
      { class: "actions" },
      copy,
      button("PNG", "Save the picture", async () => download(`${name()}.png`, await pngOf(app, this.charts))),
      button("CSV", "Save the table of features", () => {
        this.table.draw();
        download(`${name()}.csv`, new Blob(["\ufeff", this.table.toCsv()], { type: "text/csv" }));
      }),
    );
  }

  searchRow() {
    this.search = make("input", {
      class: "field",
      type: "search",
      placeholder: "Search features",
      "aria-label": "Search features",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.app.state.set({ search: this.search.value }),
    });
    this.found = make("span", { class: "muted" });
    this.unpin = make("button", {
      type: "button",
      class: "button",
      text: "Unpin all",
      hidden: true,
      onclick: () => this.app.state.set({ pins: [] }),
    });
    return make("div", { class: "search" }, this.search, this.unpin, this.found);
  }

  draw(changed) {
    const { app } = this,
      { state, data } = app;
    this.axes.show(state.get("axis"));
    this.scales?.show(state.get("scale"));
    if (this.select !== undefined) this.select.value = String(state.get("target"));
    if (this.search.value !== state.get("search")) this.search.value = state.get("search");
    this.unpin.hidden = state.get("pins").length === 0;
    if (changed.has("data")) for (const chart of this.charts) (chart.forget ?? chart.invalidate).call(chart);
    else if (changed.has("static")) for (const chart of this.charts) chart.invalidate();
    for (const chart of this.charts) chart.draw();
    this.readouts.draw();
    this.table.draw();
    setText(
      this.found,
      state.get("search") === "" ? "" : `${formatCount(this.table.count)} of ${formatCount(data.nActive)}`,
    );
  }
}

// A title as the name of a file.
function fileName(title) {
  return (
    title
      .normalize("NFKD")
      .replace(/[^\w.-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, 80) || "path"
  );
}
