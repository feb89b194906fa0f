// Lives here: the numbers of the current alpha. Independent of: charts, the table.

class Readouts {
  constructor(app, host) {
    this.app = app;
    const { validation, relativeGaps } = app.data;
    this.input = make("input", {
      class: "field",
      id: "alpha",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      onchange: () => this.readInput(),
      onkeydown: (event) => {
        if (event.key === "Enter") this.readInput();
      },
    });
    const items = { nonzeros: "Nonzero", r2: "R\u00b2" };
    if (validation !== null) items.error = validation.largerIsBetter ? "Validation score" : "Validation error";
    items.gap = relativeGaps === null ? "Gap \u00f7 tolerance" : "Relative gap";
    items.intercept = "Intercept";
    if (validation === null) items.l1 = "L1 norm";
    this.values = {};
    const list = make(
      "dl",
      { class: "readouts" },
      make(
        "div",
        { class: "readout" },
        make("dt", {}, make("label", { for: "alpha", text: "alpha" })),
        make("dd", {}, this.input),
      ),
    );
    for (const [key, title] of Object.entries(items)) {
      this.values[key] = { main: make("dd"), note: make("dd", { class: "note" }) };
      list.append(
        make("div", { class: "readout" }, make("dt", { text: title }), this.values[key].main, this.values[key].note),
      );
    }
    host.append(list, this.choices(app.data) ?? "");
  }

  // Buttons for the usual choices of alpha: by cross-validation and by information criteria.
  choices({ validation, alphas, header }) {
    const found = [];
    if (validation !== null) {
      const best = validation.alphas[validation.best],
        oneSe = validation.alphas[validation.oneSe];
      found.push([validation.largerIsBetter ? "Best score" : "Least error", best, "the best mean over folds"]);
      found.push(["1-SE rule", oneSe, "the largest within one standard error of the best"]);
    }
    for (const [name, k] of Object.entries(header.criteria)) {
      found.push([name.toUpperCase(), alphas[k], `the least ${name.toUpperCase()} of the alphas of the path`]);
    }
    if (found.length === 0) return null;
    const buttons = found.map(([text, alpha, why]) =>
      make("button", {
        type: "button",
        class: "button",
        title: `alpha ${alpha}: ${why}`,
        text,
        onclick: () => {
          this.app.setAlpha(alpha);
          this.app.announceSoon();
        },
      }),
    );
    return make("div", { class: "choices", role: "group", "aria-label": "Usual choices of alpha" }, ...buttons);
  }

  readInput() {
    if (this.input.value === shortest(this.app.alpha)) return;
    const alpha = Number(this.input.value.trim().replace(MINUS, "-"));
    const known = this.input.value.trim() !== "" && Number.isFinite(alpha);
    if (known) this.app.setAlpha(alpha);
    if (known && alpha !== this.app.alpha) this.app.say(`The path ends at alpha ${shortest(this.app.alpha)}`);
    this.shown = undefined;
    this.draw();
    if (known) this.app.announceSoon();
  }

  draw() {
    const { app } = this,
      { data } = app;
    if (this.shown !== app.alpha) {
      this.shown = app.alpha;
      this.input.value = shortest(app.alpha);
    }
    this.show("nonzeros", formatCount(data.nActive), `of ${formatCount(data.header.n_features)}`);
    const r2 = data.r2At(app.position);
    this.show(
      "r2",
      `${r2.exact ? "" : "\u2265 "}${Number.isFinite(r2.value) ? r2.value.toFixed(4) : formatNumber(r2.value)}`,
      "training data",
    );
    if (data.validation !== null) this.drawError(data.validation);
    this.drawGap();
    this.drawIntercept();
    if (data.validation === null)
      this.show("l1", formatNumber(this.l1Norm()), data.target < 0 ? "sum of norms" : "raw scale");
  }

  drawIntercept() {
    const { data, position } = this.app;
    if (data.target < 0) {
      this.show("intercept", `${data.nTasks} tasks`, "choose one to see it");
      return;
    }
    const k = Math.floor(position),
      t = position - k,
      start = data.target * data.n,
      values = data.intercepts;
    this.show(
      "intercept",
      formatNumber(t === 0 ? values[start + k] : (1 - t) * values[start + k] + t * values[start + k + 1]),
      "",
    );
  }

  l1Norm() {
    const { data } = this.app;
    let sum = 0;
    for (let a = 0; a < data.nActive; a += 1) sum += Math.abs(data.current[data.active[a]]);
    return sum;
  }

  drawError(curve) {
    const k = curve.nearest(this.app.alpha);
    const between = curve.alphas[k] === this.app.alpha ? "" : " nearby";
    const place = k === curve.best ? " \u00b7 best" : k === curve.oneSe ? " \u00b7 1-SE rule" : "";
    this.show("error", formatNumber(curve.means[k]), `\u00b1 ${formatNumber(curve.errors[k], 3)}${between}${place}`);
  }

  drawGap() {
    const { data } = this.app,
      k = this.app.nearestLevel(),
      ratio = data.gapRatio(k);
    const between = this.app.position === k ? "" : " nearby";
    const value = data.relativeGaps === null ? ratio : data.relativeGaps[k];
    this.show("gap", formatNumber(value, 2), (data.converged[k] ? "certified" : "not converged") + between);
    this.values.gap.note.classList.toggle("missed", !data.converged[k]);
  }

  show(key, main, note) {
    setText(this.values[key].main, main);
    setText(this.values[key].note, note);
    if (this.values[key].note.title !== note) this.values[key].note.title = note;
  }
}

// Six digits, or all of them if the number has fewer; small numbers with an exponent, which fits a narrow field.
function shortest(value) {
  const rounded = Number(value.toPrecision(6));
  return (rounded !== 0 && Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded)).replace("e+", "e");
}
