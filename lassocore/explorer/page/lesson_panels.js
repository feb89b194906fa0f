// Lives here: the panels of the lesson: controls, tables and captions. Independent of: drawing, the mathematics.
const LassoLessonPanels = (() => {
  "use strict";

  const UPDATE_MILLISECONDS = 450;     // between two coordinate updates
  const FRAME_MILLISECONDS = 40;
  const N_FRAMES = 120;                 // of the trace of the path

  function panel([title, place], ...children) {
    const { element, identifier } = LassoLessonDom;
    const name = identifier("title");
    return element("section", { class: `panel lesson-panel ${place}`, "aria-labelledby": name },
      element("h3", { id: name }, title), ...children);
  }

  function row(...children) {
    return LassoLessonDom.element("div", { class: "lesson-row" }, ...children);
  }

  /** The solution in numbers and in a sentence. */
  function makeReadout() {
    const { element } = LassoLessonDom;
    const values = element("p", { class: "lesson-values" });
    const sentence = element("p", { class: "lesson-sentence" });
    const root = element("div", { class: "lesson-readout" }, values, sentence);
    return { root, render(view) {
      const { format } = LassoLessonWords;
      values.replaceChildren(...[0, 1].map((j) => element("span", {
        class: view.b[j] === 0 ? "lesson-value lesson-zero" : "lesson-value" },
      `b${LassoLessonWords.SUBSCRIPTS[j]} = ${format(view.b[j])}`)));
      sentence.textContent = LassoLessonWords.about(view);
    } };
  }

  /** Penalty, its size as t or lambda, and which of them is held while the data change. */
  function makePenalty(actions) {
    const { segments, slider, element } = LassoLessonDom;
    const { begin } = actions;
    const choice = segments("Penalty", [["lasso", "Lasso"], ["elastic_net", "Elastic net"], ["ridge", "Ridge"]],
      (penalty) => actions.commit({ penalty }));
    const size = slider({ label: "t, size of the region", step: 0.01, begin,
      change: (t) => actions.change({ hold: "t", t }) });
    const lambda = slider({ label: "λ, weight of the penalty (alpha in Python)", step: 0.001, begin,
      change: (share) => actions.change({ hold: "lambda", lambda: actions.toLambda(share) }) });
    const ratio = slider({ label: "ρ, l1_ratio", low: 0.05, high: 0.95, step: 0.01, begin,
      change: (value) => actions.change({ ratio: value }) });
    const hold = segments("Held while the data change", [["t", "t"], ["lambda", "λ"]], (held) => actions.hold(held));
    const problem = element("p", { class: "lesson-formula" });
    const root = panel(["Penalty", "lesson-at-penalty"], choice.root, problem, size.root, lambda.root, ratio.root,
      row(element("span", { class: "muted" }, "While the data change, keep"), hold.root));
    return { root, render(view) {
      const { format } = LassoLessonWords;
      choice.set(view.state.penalty);
      problem.textContent = LassoLessonWords.aboutPenalty(view);
      size.set(view.t, format(view.t, 2), LassoLessonState.viewOf(view.state).toFixed(2));
      lambda.set(actions.fromLambda(view.lambda), format(view.lambda));
      ratio.set(view.state.ratio, format(view.state.ratio, 2));
      ratio.root.hidden = view.state.penalty !== "elastic_net";
      hold.set(view.state.hold);
    } };
  }

  /** Correlation and scale of the features, presets that make trouble, undo. */
  function makeData(actions) {
    const { slider, checkbox, button, element } = LassoLessonDom;
    const { begin } = actions;
    const correlation = slider({ label: "Correlation r of the features", low: -1, high: 1, step: 0.01, begin,
      change: (r) => actions.change({ r }) });
    const scale = slider({ label: "Standard deviation of x₂ (x₁ has 1)", low: 0.25, high: 4, step: 0.05, begin,
      change: (s2) => actions.change(LassoLessonState.rescaled(actions.state(), s2)) });
    const zones = checkbox("Shade where least squares leads to an exact 0", (shown) => actions.commit({
      zones: shown ? 1 : 0 }));
    const presets = LassoLessonState.PRESETS.map(({ name, about, change }) => button(name,
      () => actions.commit(change(actions.state())), { title: about }));
    const undo = button("Undo", actions.undo);
    const reset = button("Start again", () => actions.restart({ step: actions.state().step,
      ...LassoLessonSteps.STEPS[actions.state().step].setup }), { title: "The beginning of this step" });
    const root = panel(["Data", "lesson-at-data"], correlation.root, scale.root, zones.root,
      element("h4", {}, "Break it"), row(...presets), row(undo, reset));
    return { root, render({ state }) {
      correlation.set(state.r, LassoLessonWords.format(state.r, 2));
      scale.set(state.s2, LassoLessonWords.format(state.s2, 2));
      zones.set(Boolean(state.zones), Math.abs(state.r) === 1);
      undo.disabled = !actions.canUndo();
    } };
  }

  function makeSamples(actions) {
    const { button, element } = LassoLessonDom;
    const draw = (more) => actions.commit({ hold: "lambda", lambda: actions.view().lambda,
      samples: actions.state().samples + more });
    const words = element("p", { "aria-live": "polite" });
    const clear = button("Clear", () => actions.commit({ samples: 0, seed: actions.state().seed + 1 }));
    const root = panel(["Other samples of the same model", "lesson-at-samples"],
      row(button("Draw another sample", () => draw(1)), button("Draw 20", () => draw(20)), clear), words);
    return { root, render(view) {
      words.textContent = LassoLessonWords.aboutSamples(view);
      clear.disabled = view.samples.length === 0;
    } };
  }

  /** Coordinate descent step by step, beside proximal gradient. */
  function makeReplay(actions) {
    const { slider, checkbox, button, player, element } = LassoLessonDom;
    const last = LassoLessonState.N_UPDATES;
    const shown = checkbox("Show in the plane", (on) => actions.commit({ replay: on ? 1 : 0 }));
    const place = slider({ label: "Coordinate updates (arrow keys step)", low: 0, high: last, step: 1,
      begin: actions.begin, change: (value) => { stop(); at(value); } });
    const cost = LassoLessonCurves.makeCost();
    const words = element("p", { class: "lesson-update", "aria-live": "polite" });
    const total = element("p", { class: "muted" });
    const at = (k) => actions.change({ replay: 1, k });
    const k = () => actions.state().k;
    const play = player({ text: "Play", milliseconds: UPDATE_MILLISECONDS, start: () => at(k() === last ? 0 : k()),
      finish: () => at(last), step: () => { at(Math.min(k() + 1, last)); return k() < last; } });
    const stop = play.stop;
    const back = button("Back", () => { stop(); at(Math.max(k() - 1, 0)); });
    const forward = button("Step", () => { stop(); at(Math.min(k() + 1, last)); });
    const entries = element("p", { class: "lesson-key" }, key("lesson-key-descent", "coordinate descent"),
      key("lesson-key-gradient", "proximal gradient"), "F − F* relative to the start");
    const root = panel(["Coordinate descent, update by update", "lesson-at-replay"],
      row(forward, back, play.root, shown.root), place.root, words, entries, cost.root, total);
    return { root, stop, render(view) {
      shown.set(Boolean(view.state.replay));
      place.set(view.state.k, `${view.state.k} of ${last}`);
      [back.disabled, forward.disabled] = [view.state.k === 0, view.state.k === last];
      words.textContent = LassoLessonWords.aboutUpdate(view);
      total.textContent = LassoLessonWords.aboutCost(view);
      cost.render(view);
    } };
  }

  function key(className, words) {
    const { element } = LassoLessonDom;
    return element("span", { class: "lesson-key-entry" }, element("span", { class: `lesson-key-mark ${className}`,
      "aria-hidden": "true" }), words);
  }

  function planeKey() {
    return LassoLessonDom.element("p", { class: "lesson-key" }, key("lesson-key-centre", "least squares: drag it"),
      key("lesson-key-size", "size t: drag it"), key("lesson-key-touching", "equal loss"),
      key("lesson-key-path", "path of solutions"));
  }

  function makeThresholds() {
    const { element } = LassoLessonDom;
    const figures = [0, 1].map(LassoLessonCurves.makeThreshold);
    const formula = element("p", { class: "lesson-formula" });
    const entries = element("p", { class: "lesson-key" }, key("lesson-key-lasso", "lasso"),
      key("lesson-key-elastic_net", "elastic net"), key("lesson-key-ridge", "ridge"),
      key("lesson-key-unpenalised", "no penalty"));
    const root = panel(["One coefficient at a time", "lesson-at-thresholds"], formula,
      element("div", { class: "lesson-pair" }, ...figures.map((figure) => figure.root)), entries);
    const FORMULAS = { lasso: "bⱼ = S(zⱼ, λ) / sⱼ²", elastic_net: "bⱼ = S(zⱼ, λρ) / (sⱼ² + λ(1 − ρ))",
      ridge: "bⱼ = zⱼ / (sⱼ² + λ)" };
    return { root, render(view) {
      formula.textContent = `${FORMULAS[view.state.penalty]}, where zⱼ = xⱼ′(y − xₖbₖ)/n and sⱼ² = xⱼ′xⱼ/n. `
        + (view.ratio > 0 ? "In the shaded band bⱼ is exactly 0." : "There is no band of zeros.");
      figures.forEach((figure) => figure.render(view));
    } };
  }

  /** The optimality conditions in numbers, at the solution or at the present point of the replay. */
  function makeOptimality() {
    const { element } = LassoLessonDom;
    const caption = element("p", {});
    const body = element("tbody", {});
    const heads = ["", "bⱼ", "xⱼ′r/n", "− λ(1 − ρ)bⱼ", "condition"].map(
      (text) => element("th", { scope: "col" }, text));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body);
    const root = panel(["Optimality conditions", "lesson-at-optimality"], caption,
      element("div", { class: "lesson-scroll", role: "region", tabindex: 0,
        "aria-label": "Optimality conditions of both features" }, table));
    return { root, render(view) {
      const net = view.ratio < 1;
      heads[3].hidden = !net;
      caption.textContent = (net ? "xⱼ′r/n − λ(1 − ρ)bⱼ" : "xⱼ′r/n")
        + (view.ratio === 0 ? " is 0 for both features" : ` equals ${LassoLessonWords.boundName(view)} times the sign `
        + "of bⱼ, or lies within ± that value where bⱼ is 0")
        + (view.state.replay ? "; here at the present point of the replay." : ".");
      body.replaceChildren(...LassoLessonModel.optimality(view.problem, view.penalty, view.current).map(
        (entry, j) => optimalityRow(view, entry, j)));
    } };
  }

  function optimalityRow(view, entry, j) {
    const { element } = LassoLessonDom;
    const { format } = LassoLessonWords;
    const holds = entry.violation <= 1e-9 * Math.max(1, Math.abs(view.problem.q[j]));
    const value = format(Math.abs(entry.value));
    const bound = format(entry.bound);
    const asked = entry.bound === 0 ? `${format(holds ? 0 : entry.value)} ${holds ? "=" : "≠"} 0`
      : entry.b === 0 ? `|${value}| ${holds ? "≤" : ">"} ${bound}`
      : `${format(entry.value)} ${holds ? "=" : "≠"} ${entry.b > 0 ? "+" : "−"}${bound}`;
    const cells = [format(entry.b), format(entry.correlation), format(entry.value - entry.correlation)].map(
      (text) => element("td", {}, text));
    cells[2].hidden = view.ratio === 1;
    return element("tr", {}, element("th", { scope: "row" }, `x${LassoLessonWords.SUBSCRIPTS[j]}`), ...cells,
      element("td", { class: holds ? "lesson-holds" : "lesson-fails" }, `${asked} ${holds ? "✓" : "not yet"}`));
  }

  function makeProfile(actions) {
    const { element, player } = LassoLessonDom;
    const figure = LassoLessonCurves.makeProfile();
    const words = element("p", {});
    let share = 1;                      // where the trace is on the scale of the slider of lambda
    const at = (value) => {
      share = Math.max(0, value);
      actions.change({ hold: "lambda", lambda: actions.toLambda(share) });
    };
    const trace = player({ text: "Trace it from 0", milliseconds: FRAME_MILLISECONDS,
      start: () => { actions.begin(); at(1); }, finish: () => at(0),
      step: () => { at(share - 1 / N_FRAMES); return share > 0; } });
    const root = panel(["The path over λ", "lesson-at-profile"], figure.root, words, row(trace.root));
    return { root, stop: trace.stop, render(view) {
      figure.render(view);
      words.textContent = LassoLessonWords.aboutKnots(view);
    } };
  }

  function makePython() {
    const { element } = LassoLessonDom;
    const code = element("code", {});
    const root = element("details", { class: "panel lesson-panel lesson-python" }, element("summary", {},
      "The same in Python"), element("pre", { tabindex: 0, "aria-label": "Python program" }, code));
    return { root, render: (view) => { code.textContent = LassoLessonWords.python(view); } };
  }

  return { planeKey, makeReadout, makePenalty, makeData, makeSamples, makeReplay, makeThresholds, makeOptimality,
    makeProfile, makePython };
})();
