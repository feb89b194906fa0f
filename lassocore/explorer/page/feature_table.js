// Lives here: the table of the features that are not 0 at the current alpha. Independent of: charts.

const FALLING_FIRST = { size: true, coef: true, enters: true, share: true, name: false };

class FeatureTable {
  constructor(app, host) {
    this.app = app;
    const { data } = app;
    this.order = new Uint32Array(data.m);
    this.keys = new Float64Array(data.m);
    this.sorted = new Float64Array(data.m);
    this.count = 0;
    this.searched = null;
    this.table = new VirtualTable(host, "Features that are not 0 at this alpha", this.columns(), {
      onSort: (key) => this.sortBy(key),
    });
  }

  columns() {
    const { data } = this.app,
      standard = data.scales !== null;
    const columns = [
      { key: "name", title: "Feature", sortable: true, className: "name", cell: () => this.nameCell() },
      {
        key: "coef",
        title: "Coefficient",
        short: "Coef.",
        sortable: true,
        className: "number",
        cell: () => this.coefficientCell(),
        note: data.target < 0 ? "Norm over tasks" : "On the scale of the data",
      },
      {
        key: "size",
        title: standard ? "Std. size" : "Size",
        short: "Size",
        sortable: true,
        className: "number size",
        cell: () => this.sizeCell(),
        note: standard ? "Absolute coefficient times the standard deviation of the feature" : "Absolute coefficient",
      },
      {
        key: "enters",
        title: "Enters at",
        short: "Enters",
        sortable: true,
        className: "number enters",
        note: "The largest alpha of the path at which the coefficient is not 0",
        cell: () => textCell((row) => formatNumber(data.alphas[data.entersAt(row.j)], 3)),
      },
    ];
    if (data.shares !== null) {
      columns.push({
        key: "share",
        title: "Folds",
        sortable: true,
        className: "number share",
        cell: () => this.shareCell(),
        note: "Share of the cross-validation folds that select the feature at the nearest of their alphas",
      });
    }
    return columns;
  }

  nameCell() {
    const element = make("th", { scope: "row" }),
      text = make("span", { class: "text" });
    const swatch = make("span", { class: "swatch" });
    const button = make(
      "button",
      { type: "button", class: "pin", onclick: () => this.app.togglePin(button.feature) },
      icon(ICONS.pin),
    );
    element.append(button, swatch, text);
    return {
      element,
      set: ({ j, pinned, color }) => {
        const label = this.app.data.label(j);
        setText(text, label);
        if (element.title !== label) element.title = label;
        button.feature = this.app.data.feature[j];
        if (button.label !== label) {
          button.label = label;
          button.setAttribute("aria-label", `Pin ${isolated(label)}`);
        }
        button.setAttribute("aria-pressed", String(pinned));
        swatch.style.background = color ?? "transparent";
      },
    };
  }

  coefficientCell() {
    const element = make("td");
    return {
      element,
      set: ({ value }) => {
        setText(element, this.app.data.target < 0 ? formatNumber(value) : formatSigned(value));
        element.classList.toggle("positive", value > 0 && this.app.data.target >= 0); // norms have no sign
        element.classList.toggle("negative", value < 0);
      },
    };
  }

  sizeCell() {
    const element = make("td"),
      text = make("span"),
      bar = make("span", { class: "amount" });
    element.append(bar, text);
    return {
      element,
      set: ({ size, value }) => {
        setText(text, formatNumber(size, 3));
        bar.style.width = `${this.largest > 0 ? (100 * size) / this.largest : 0}%`;
        bar.classList.toggle("negative", value < 0);
      },
    };
  }

  shareCell() {
    return textCell(({ j }) => `${Math.round(100 * this.app.data.shareAt(j, this.app.alpha))}%`);
  }

  sortBy(key) {
    const { state } = this.app,
      same = state.get("sort") === key;
    state.set({ sort: key, falling: same ? !state.get("falling") : FALLING_FIRST[key] });
  }

  // Which features match the search: all words occur in the label.
  search() {
    const { data, state } = this.app,
      text = state.get("search").toLowerCase();
    if (this.searched === text) return;
    this.searched = text;
    const words = text.split(/\s+/).filter(Boolean);
    this.labels ??=
      words.length > 0 ? Array.from({ length: data.m }, (_, j) => data.label(j).toLowerCase()) : undefined;
    this.matches =
      words.length === 0
        ? null
        : Uint8Array.from(this.labels, (label) => (words.every((word) => label.includes(word)) ? 1 : 0));
  }

  draw() {
    const { app, order } = this,
      { data, state } = app,
      pinned = new Set(app.pinnedPositions());
    this.search();
    let count = 0;
    for (let a = 0; a < data.nActive; a += 1) {
      const j = data.active[a];
      if (this.matches === null || this.matches[j]) order[count++] = j;
    }
    for (const j of pinned)
      if (data.current[j] === 0 && (this.matches === null || this.matches[j])) order[count++] = j;
    this.count = count;
    this.setKeys(state.get("sort"), state.get("falling") ? -1 : 1);
    this.table.showOrder(state.get("sort"), state.get("falling"));
    this.table.setRows(
      count,
      (index) => this.row(this.shown[index - this.first], pinned),
      (first, end) => this.prepare(first, end),
    );
  }

  // What rows are sorted by, the smallest first.
  setKeys(by, sign) {
    const { data } = this.app,
      { keys, order } = this,
      factors = this.factors(),
      alpha = this.app.alpha;
    this.largest = 0;
    const names = by === "name" ? this.nameRanks() : null;
    for (let i = 0; i < this.count; i += 1) {
      const j = order[i],
        size = Math.abs(data.current[j]) * factors[j];
      if (size > this.largest) this.largest = size;
      keys[j] =
        sign *
        (by === "size"
          ? size
          : by === "coef"
            ? data.current[j]
            : by === "enters"
              ? -data.entersAt(j)
              : by === "name"
                ? names[j]
                : (data.shareAt(j, alpha) ?? 0));
    }
  }

  // Find the features of the rows from first to end - 1: sorting the numbers alone is fast, and tells which keys these
  // rows have.
  prepare(first, end) {
    const { keys, order, count } = this,
      compare = (a, b) => keys[a] - keys[b] || a - b;
    this.first = first;
    this.shown = [];
    if (end <= first) return;
    const sorted = this.sorted.subarray(0, count);
    for (let i = 0; i < count; i += 1) sorted[i] = keys[order[i]];
    sorted.sort();
    const low = sorted[first],
      high = sorted[end - 1];
    const found = order
      .subarray(0, count)
      .filter((j) => keys[j] >= low && keys[j] <= high)
      .sort(compare);
    const skipped = first - sorted.indexOf(low);
    this.shown = found.subarray(skipped, skipped + end - first);
  }

  factors() {
    this.ones ??= new Float64Array(this.app.data.m).fill(1);
    return this.app.data.scales ?? this.ones;
  }

  // The rank of each feature by its name; numbers within names count as numbers.
  nameRanks() {
    if (this.ranks === undefined) {
      const { data } = this.app,
        collator = new Intl.Collator(undefined, { numeric: true });
      const sorted = Array.from({ length: data.m }, (_, j) => j).sort((a, b) =>
        collator.compare(data.label(a), data.label(b)),
      );
      this.ranks = new Float64Array(data.m);
      for (const [rank, j] of sorted.entries()) this.ranks[j] = rank;
    }
    return this.ranks;
  }

  row(j, pinned) {
    const { app } = this,
      value = app.data.current[j];
    return {
      j,
      value,
      size: Math.abs(value) * this.factors()[j],
      pinned: pinned.has(j),
      color: app.colorOf(j),
      className: pinned.has(j) ? "pinned" : "",
      onClick: () => app.togglePin(app.data.feature[j]),
      onHover: (inside) => app.hoverFeature(inside ? j : null),
    };
  }

  // The whole table as CSV, in the order shown.
  toCsv() {
    const { data, alpha } = this.app,
      factors = this.factors();
    const rows = [
      [
        "feature",
        "column",
        ...(data.header.groups === null ? [] : ["group"]),
        "coefficient",
        ...(data.scales === null ? [] : ["standardized_size"]),
        "enters_at_alpha",
        ...(data.shares === null ? [] : ["share_of_folds"]),
      ],
    ];
    this.prepare(0, this.count);
    for (const j of this.shown) {
      const value = data.current[j];
      rows.push([
        data.name(j),
        data.feature[j],
        ...(data.header.groups === null ? [] : [data.group(j)]),
        value,
        ...(data.scales === null ? [] : [Math.abs(value) * factors[j]]),
        data.alphas[data.entersAt(j)],
        ...(data.shares === null ? [] : [data.shareAt(j, alpha)]),
      ]);
    }
    return rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }
}

function csvCell(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
