// Lives here: numbers and sentences that say what the lesson shows. Independent of: the document, drawing.
const LassoLessonWords = (() => {
  "use strict";

  const NAMES = { lasso: "lasso", elastic_net: "elastic net", ridge: "ridge" };
  const SUBSCRIPTS = ["₁", "₂"];

  /** A number with a true minus sign; "0" without decimals is exactly 0. */
  function format(value, digits = 3) {
    if (value === 0) {
      return "0";
    }
    if (!Number.isFinite(value)) {
      return value > 0 ? "∞" : "−∞";
    }
    const text = Math.abs(value) >= 1000 ? value.toPrecision(4) : value.toFixed(digits);
    return text.replace("-", "−");
  }

  function point(b, digits = 3) {
    return `(${format(b[0], digits)}, ${format(b[1], digits)})`;
  }

  function penaltyName({ state }) {
    return NAMES[state.penalty];
  }

  /** The sentence under the solution. */
  function about(view) {
    const { b, segment, state, problem, lambda } = view;
    const name = penaltyName(view);
    if (segment) {
      return `x₂ is ${state.r < 0 ? "−x₁" : "a copy of x₁"}: every point of the marked segment is a solution. `
        + "Coordinate descent from 0 finds its end on the axis of b₁.";
    }
    if (lambda === 0) {
      return "This is least squares: its solution lies in the region, so the penalty changes nothing.";
    }
    const zeros = [0, 1].filter((j) => b[j] === 0);
    if (zeros.length === 2) {
      return view.ratio === 0 ? "Both coefficients are 0, as least squares is 0."
        : `Both coefficients are exactly 0, because λ is at least λ_max = ${format(view.lambdaMax)}.`;
    }
    if (zeros.length === 1) {
      return aboutOneZero(view, zeros[0]);
    }
    if (state.penalty === "ridge") {
      return "Ridge shrinks both coefficients, but neither is exactly 0.";
    }
    const opposite = [0, 1].find((j) => b[j] * problem.c[j] < 0);
    return opposite === undefined ? `The ${name} keeps both features and shrinks their coefficients.`
      : `The ${name} keeps both features; b${SUBSCRIPTS[opposite]} has the opposite sign of least squares.`;
  }

  function aboutOneZero(view, j) {
    const name = penaltyName(view);
    const symbol = SUBSCRIPTS[j];
    if (view.ratio === 0) {
      return `b${symbol} is 0 by coincidence: any other data would change it.`;
    }
    const row = LassoLessonModel.optimality(view.problem, view.penalty, view.b)[j];
    return `b${symbol} is exactly 0: the ${name} leaves x${symbol} out. `
      + `|x${symbol}′r|/n = ${format(Math.abs(row.correlation))} does not exceed ${boundName(view)} = `
      + `${format(row.bound)}.`;
  }

  /** Both forms of the problem. */
  function aboutPenalty({ state }) {
    const [penalty, region] = {
      lasso: ["λ(|b₁| + |b₂|)", "|b₁| + |b₂| ≤ t"],
      ridge: ["λ(b₁² + b₂²)/2", "b₁² + b₂² ≤ t²"],
      elastic_net: ["λP(b), P(b) = ρ(|b₁| + |b₂|) + (1 − ρ)(b₁² + b₂²)/2", "P(b) ≤ P(t, 0)"],
    }[state.penalty];
    return `Minimise ‖y − Xb‖²/(2n) + ${penalty}; or the loss alone, within ${region}.`;
  }

  /** lambda, or lambda times l1_ratio. */
  function boundName({ ratio }) {
    return ratio === 1 ? "λ" : "λρ";
  }

  /** The solution in one line for a screen reader. */
  function spoken(view) {
    return `${penaltyName(view)}: b1 = ${format(view.b[0])}, b2 = ${format(view.b[1])}, t = ${format(view.t)}, `
      + `lambda = ${format(view.lambda)}. ${about(view)}`;
  }

  /** How often the samples kept each feature. */
  function aboutSamples(view) {
    const { samples, state } = view;
    if (samples.length === 0) {
      return `A sample is ${LassoLessonState.N_ROWS} rows with the same X and fresh noise of standard deviation 1 in y.`
        + " All samples are fitted with the present λ.";
    }
    const count = (keeps) => samples.filter(({ b }) => keeps(b[0] !== 0, b[1] !== 0)).length;
    const [only1, only2] = [count((x, y) => x && !y), count((x, y) => y && !x)];
    const [both, none] = [count((x, y) => x && y), count((x, y) => !x && !y)];
    const copies = Math.abs(state.r) === 1 && view.ratio === 1
      ? " With copies, coordinate descent keeps whichever feature comes first." : "";
    return `Of ${samples.length} sample${samples.length === 1 ? "" : "s"} the ${penaltyName(view)} keeps only x₁ in `
      + `${only1}, only x₂ in ${only2}, both in ${both}${none ? `, neither in ${none}` : ""}. `
      + `The last one gives ${point(samples.at(-1).b)}.${copies}`;
  }

  /** What the present update of the replay did. */
  function aboutUpdate(view) {
    const { state, replay, problem, penalty } = view;
    if (state.k === 0) {
      return `Start at ${point(replay.descent[0].b)}. The first update minimises over b₁ with b₂ fixed.`;
    }
    const { b, j } = replay.descent[state.k];
    const z = LassoLessonModel.partialCorrelation(problem, b, j);
    const [own, other] = [SUBSCRIPTS[j], SUBSCRIPTS[1 - j]];
    const square = problem.gram[j][j] + penalty.lambda * (1 - penalty.ratio);
    const threshold = penalty.lambda * penalty.ratio;
    const value = penalty.ratio === 0 ? format(z) : `S(${format(z)}, ${format(threshold)})`;
    return `Update ${state.k}: with b${other} fixed, z${own} = ${format(z)}, so b${own} = ${value}`
      + `${square === 1 ? "" : ` / ${format(square)}`} = ${format(b[j])}.`;
  }

  /** Updates until the objective is within one millionth of its excess at the start. */
  function updatesToMillionth(costs, perStep) {
    const k = costs.findIndex((cost) => cost <= 1e-6 * costs[0]);
    return k < 0 ? `more than ${LassoLessonState.N_UPDATES}` : String(perStep * k);
  }

  function aboutCost({ replay }) {
    return "Coordinate updates until F − F* is a millionth of its start: coordinate descent "
      + `${updatesToMillionth(replay.descentCost, 1)}, proximal gradient ${updatesToMillionth(replay.gradientCost, 2)} `
      + "(two per step).";
  }

  /** Where features enter and leave the path, as sentences. */
  function aboutKnots(view) {
    if (view.ratio === 0) {
      return "Ridge has no knots: both coefficients are nonzero for every λ.";
    }
    const events = view.knots.map((knot) => {
      const changes = [0, 1].filter((j) => knot.signs[j] !== knot.before[j]).map((j) => `x${SUBSCRIPTS[j]} `
        + (knot.signs[j] === 0 ? "leaves" : `enters with ${knot.signs[j] > 0 ? "+" : "−"}`));
      return `${format(knot.lambda)}: ${changes.join(", ")}`;
    });
    return events.length ? `Knots, at λ = ${events.join("; ")}.` : "Both coefficients are 0 for every λ.";
  }

  /** A program that gives the same solution. */
  function python(view) {
    const { problem, penalty } = view;
    const { r, scales, c } = problem;
    const root = [[scales[0], 0], [r * scales[1], Math.sqrt(Math.max(0, 1 - r * r)) * scales[1]]];
    const row = (values) => `[${values.map(String).join(", ")}]`;
    return ["import numpy as np", "import lassocore", "",
      `L = np.array([${root.map(row).join(", ")}])`,
      "X = np.sqrt(2) * L.T                  # X.T @ X / 2 = L @ L.T is the Gram matrix of the features",
      `y = X @ ${row(c)}`,
      `path = lassocore.fit_path(X, y, alphas=[${penalty.lambda}], l1_ratio=${penalty.ratio},`,
      "                          fit_intercept=False, tol=1e-15, solver=\"gram\")",
      "print(path.coef_at(path.alphas[0]))"].join("\n");
  }

  return { SUBSCRIPTS, format, point, penaltyName, about, aboutPenalty, boundName, spoken, aboutSamples, aboutUpdate,
    aboutCost, aboutKnots, python };
})();
