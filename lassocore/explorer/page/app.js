// Lives here: the page as a whole: its parts, the current alpha, the address. Independent of: how parts are drawn.

class App {
  constructor(data, arrays, host) {
    this.data = data;
    this.start = this.startState();
    this.state = new State({ ...this.start, pins: [], lesson: null });
    this.position = data.positionOfAlpha(this.start.alpha);
    this.restore();
    this.state.changed.clear();
    this.colors = readColors();
    data.setTarget(this.state.get("target"));
    data.moveTo(this.position);
    this.axis = new PathAxis(data, this.state.get("axis"));
    this.pathSource = new PathSource(this);
    this.knots = data.knots();
    this.views = new Map();
    this.arrays = arrays;
    this.build(host);
    this.state.listen((changed) => this.update(changed));
    window.addEventListener("hashchange", () => {
      if (this.restore()) this.state.flush();
    });
    this.theme.system.addEventListener("change", () => this.update(new Set(["theme"])));
    this.update(new Set(["theme", "tab"]));
  }

  // What is shown before anything is chosen: the best alpha of the validation, or the middle of the path.
  startState() {
    const { data } = this,
      curve = data.validation;
    const alpha =
      curve === null ? data.alphas[Math.floor((data.n - 1) / 2)] : data.nearestAlpha(curve.alphas[curve.best]);
    return {
      alpha,
      axis: "alpha",
      scale: data.scales === null ? "raw" : "standard",
      tab: "path",
      sort: "size",
      falling: true,
      search: "",
      theme: null,
      target: data.nTasks > 1 ? -1 : 0,
      ratio: false,
    };
  }

  get alpha() {
    return this.state.get("alpha");
  }

  restore() {
    const text = location.hash.slice(1);
    if (text === this.written) return false;
    this.written = text;
    this.state.set({ ...this.start, pins: [], ...fromFragment(text, this.data) });
    return true;
  }

  build(host) {
    const { header } = this.data;
    const tabs = [
      { key: "path", title: "Path", make: (panel) => new PathTab(this, panel) },
      ...(this.arrays.optimality === undefined
        ? []
        : [
            { key: "optimality", title: "Optimality", make: (panel) => new OptimalityView(this, panel, this.arrays) },
          ]),
      { key: "certificates", title: "Certificates", make: (panel) => new CertificatesView(this, panel) },
      { key: "knots", title: "Knots", make: (panel) => new KnotsView(this, panel) },
      ...(typeof LassoLesson === "undefined"
        ? []
        : [{ key: "learn", title: "Learn", make: (panel) => this.makeLesson(panel) }]),
    ];
    this.makers = new Map(tabs.map((tab) => [tab.key, tab.make]));
    this.tabs = makeTabs(tabs, (tab) => this.state.set({ tab }));
    this.theme = makeThemeButton(
      () => this.state.get("theme"),
      (theme) => this.state.set({ theme }),
    );
    this.live = make("div", { class: "sr-only", "aria-live": "polite" });
    this.toast = make("div", { class: "toast", "aria-hidden": "true", hidden: true });
    host.append(
      make(
        "header",
        { class: "top" },
        make(
          "div",
          { class: "heading" },
          make("h1", { text: header.title }),
          make("p", { class: "muted", text: this.describe() }),
        ),
        this.theme.element,
      ),
      make("nav", { class: "bar" }, this.tabs.list),
      make("main", {}, ...this.tabs.panels.values()),
      ...this.remarks(header.remarks),
      this.live,
      this.toast,
    );
  }

  remarks(texts) {
    if (texts.length === 0) return [];
    return [make("footer", { class: "remarks muted" }, ...texts.map((text) => make("p", { text })))];
  }

  makeLesson(panel) {
    const lesson = LassoLesson.mount(panel, {
      initialState: this.state.get("lesson"),
      onState: (lesson) => this.state.set({ lesson }),
    });
    return { draw: () => lesson.setVisible(true), hide: () => lesson.setVisible(false) };
  }

  // The fit in one line.
  describe() {
    const { data } = this,
      { header } = data;
    const missed = data.converged.reduce((count, met) => count + (met ? 0 : 1), 0);
    const kind =
      header.groups !== null
        ? "group lasso"
        : header.l1_ratio === 1
          ? "lasso"
          : header.l1_ratio === 0
            ? "ridge"
            : `elastic net, l1_ratio ${header.l1_ratio}`;
    return [
      `${header.tasks === null ? "" : "multi-task "}${kind}${header.relax === null ? "" : `, relaxed ${header.relax}`}`,
      `${formatCount(data.m)} of ${plural(header.n_features, "feature")} selected at some alpha`,
      plural(data.n, "alpha"),
      missed === 0 ? "all certified" : `${formatCount(missed)} not converged`,
      ...(header.stopped === "" ? [] : [`ended by ${header.stopped}`]),
    ].join(" \u00b7 ");
  }

  // The current model in one line.
  summary() {
    const { data } = this,
      r2 = data.r2At(this.position);
    const r2Text = `R\u00b2 ${r2.exact ? "" : "at least "}${formatNumber(r2.value, 3)}`;
    return `alpha ${formatNumber(this.alpha)}, ${plural(data.nActive, "nonzero coefficient")}, ${r2Text}`;
  }

  // The width for labels at the right of a chart: that of the longest, within limits.
  labelMargin(width) {
    const context = (this.measure ??= make("canvas").getContext("2d"));
    context.font = `${FONT_SIZE}px ${this.colors.font}`;
    const widths = this.pathSource.strong().map((j) => context.measureText(this.data.label(j)).width);
    return Math.ceil(clamp(Math.max(24, ...widths) + LABEL_SPACE + 4, 0, clamp(width * 0.24, 76, 190)));
  }

  // Tell screen readers the current model, once it has been computed.
  announceSoon() {
    requestAnimationFrame(() => setText(this.live, this.summary()));
  }

  // A short message, for eyes and for screen readers.
  say(text) {
    setText(this.live, text);
    setText(this.toast, text);
    this.toast.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => {
      this.toast.hidden = true;
    }, 2500);
  }

  moveTo(position) {
    this.state.set({ alpha: this.data.alphaAt(position) });
  }

  setAlpha(alpha) {
    this.state.set({ alpha: this.data.nearestAlpha(alpha) });
  }

  nearestLevel() {
    const k = Math.floor(this.position),
      t = this.position - k;
    return t === 0 ||
      Math.abs(this.axis.at(k) - this.axis.at(this.position)) <=
        Math.abs(this.axis.at(k + 1) - this.axis.at(this.position))
      ? k
      : k + 1;
  }

  togglePin(feature) {
    const pins = this.state.get("pins");
    if (!this.data.placeOf.has(feature)) return;
    this.state.set({ pins: pins.includes(feature) ? pins.filter((pin) => pin !== feature) : [...pins, feature] });
  }

  pinnedPositions() {
    return this.state.get("pins").map((feature) => this.data.placeOf.get(feature));
  }

  // The colour of a feature that is among the strongest or pinned; null for the others.
  colorOf(j) {
    const { series } = this.colors,
      strong = this.pathSource.strong(),
      rank = strong.indexOf(j);
    if (rank >= 0) return series[rank % series.length];
    const pin = this.state.get("pins").indexOf(this.data.feature[j]);
    return pin < 0 ? null : series[(pin + strong.length) % series.length];
  }

  hoverFeature(j) {
    const view = this.views.get("path");
    if (view === undefined) return;
    view.chart.hover = j;
    view.chart.draw();
  }

  update(changed) {
    const { state, data } = this;
    if (changed.has("theme")) {
      this.theme.show();
      this.colors = readColors();
      changed.add("static");
    }
    if (changed.has("target")) {
      data.setTarget(state.get("target"));
      changed.add("scale").add("axis");
    }
    if (changed.has("axis")) {
      this.axis = new PathAxis(data, state.get("axis"));
      changed.add("static");
    }
    if (changed.has("scale")) {
      this.pathSource.refresh();
      changed.add("data");
    }
    if (changed.has("pins") || changed.has("ratio")) changed.add("static");
    this.position = data.positionOfAlpha(this.alpha);
    data.moveTo(this.position);
    this.showTab(state.get("tab"), changed);
    this.saveSoon();
  }

  showTab(asked, changed) {
    const tab = this.makers.has(asked) ? asked : "path";
    if (this.tab !== tab) {
      this.views.get(this.tab)?.hide?.();
      this.tab = tab;
      this.tabs.show(tab);
    }
    if (!this.views.has(tab)) this.views.set(tab, this.makers.get(tab)(this.tabs.panels.get(tab)));
    this.stale ??= new Map();
    for (const [key, view] of this.views) {
      if (key === "path") continue;
      if (changed.has("static") || changed.has("data")) this.stale.set(view, true);
    }
    const view = this.views.get(tab);
    if (tab === "path") this.drawPath(view, changed);
    else {
      this.stalePath = new Set([...(this.stalePath ?? []), ...changed]);
      view.draw(this.stale.get(view) ?? false);
      this.stale.set(view, false);
    }
  }

  drawPath(view, changed) {
    view.draw(this.stalePath === undefined ? changed : new Set([...this.stalePath, ...changed]));
    this.stalePath = undefined;
  }

  // Write the state into the address, at most a few times a second.
  saveSoon() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => {
      const text = toFragment(this.state, this.start);
      if (text === this.written) return;
      this.written = text;
      try {
        history.replaceState(null, "", text === "" ? location.pathname + location.search : `#${text}`);
      } catch {
        location.hash = text; // where the browser does not let a file change its history entry
      }
    }, 120);
  }
}

// A page with the tab that teaches alone.
function startLesson(host) {
  let theme = null;
  const button = makeThemeButton(
    () => theme,
    (next) => {
      theme = next;
      button.show();
    },
  );
  const panel = make("div", { class: "view view-learn" });
  host.append(
    make(
      "header",
      { class: "top" },
      make("div", { class: "heading" }, make("h1", { text: document.title })),
      button.element,
    ),
    make("main", {}, panel),
  );
  button.show();
  const text = new URLSearchParams(location.hash.slice(1)).get("lesson");
  const lesson = LassoLesson.mount(panel, {
    initialState: lessonState(text),
    onState: (state) => {
      history.replaceState(null, "", `#${new URLSearchParams({ lesson: JSON.stringify(state) })}`);
    },
  });
  lesson.setVisible(true);
}

async function start() {
  const host = document.getElementById("app"),
    payload = document.getElementById("payload").textContent.trim();
  try {
    if (payload === "") {
      startLesson(host);
      return;
    }
    const { header, arrays } = await decodePayload(payload);
    const app = new App(new PathData(header, arrays), arrays, host);
    window.lassoExplorer = { app, counters };
    performance.mark("ready");
  } catch (error) {
    host.append(
      make("p", {
        class: "notice",
        role: "alert",
        text: `This page could not be shown: ${error.message}. It needs a browser of 2023 or newer.`,
      }),
    );
    throw error;
  }
}

start();
