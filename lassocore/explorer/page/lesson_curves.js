// Lives here: figures of one variable: thresholds of z, coefficients over lambda, cost of the replay.
// Independent of: the plane, how the solution is found, which controls there are.
const LassoLessonCurves = (() => {
  "use strict";

  const MARGIN = { left: 34, right: 10, top: 20, bottom: 26 };
  const FLOOR = 1e-12;                  // costs below this share of the start are drawn here

  /** A figure that is redrawn in pixels of its own width: `draw(frame, view)` returns its nodes. */
  function makeFigure(className, height, draw) {
    const svg = LassoLessonDom.shape("svg", { class: className, role: "img" });
    const root = LassoLessonDom.element("div", { class: "lesson-figure" }, svg);
    const widthOf = LassoLessonDom.widthOf(root);
    return { root, render(view) {
      const width = Math.max(140, widthOf() || 260);
      LassoLessonDom.assign(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
      const { nodes, label } = draw({ width, height }, view);
      LassoLessonDom.assign(svg, { "aria-label": label });
      svg.replaceChildren(...nodes);
    } };
  }

  /** Linear scales from data to the pixels inside the margins. */
  function makeScales({ width, height }, [x0, x1], [y0, y1]) {
    const [w, h] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
    return ([x, y]) => [MARGIN.left + w * (x - x0) / (x1 - x0), MARGIN.top + h * (y1 - y) / (y1 - y0)];
  }

  function polyline(toPixels, points, className) {
    return LassoLessonDom.shape("path", { class: className, d: LassoLessonDom.pathData(points.map(toPixels)) });
  }

  function text(x, y, words, attributes = {}) {
    return LassoLessonDom.shape("text", { x, y, class: "lesson-tick", ...attributes }, words);
  }

  function dot(toPixels, b, className, r = 5) {
    const [cx, cy] = toPixels(b);
    return LassoLessonDom.shape("circle", { class: className, cx, cy, r });
  }

  /** Values at which the curve of a threshold is drawn: its corners and its ends. */
  function corners(reach, threshold) {
    return [-reach, -Math.min(threshold, reach), Math.min(threshold, reach), reach];
  }

  /** b_j as a function of z_j for the three penalties, with the present z_j: coordinate j. */
  function drawThreshold(j) {
    return ({ width, height }, view) => {
      const { problem, lambda, state, current } = view;
      const square = problem.gram[j][j];
      const z = LassoLessonModel.partialCorrelation(problem, current, j);
      const all = [0, 1].map((k) => Math.abs(LassoLessonModel.partialCorrelation(problem, current, k)));
      const shown = Math.min(lambda, Math.max(...all.map((value) => 3 * value), 1));
      const reach = 1.15 * Math.max(...all, 1.2 * shown * Math.max(view.ratio, 0.4), 0.5);
      const tall = Math.max(reach / square, 1.1 * Math.abs(current[j]));
      const toPixels = makeScales({ width, height }, [-reach, reach], [-tall, tall]);
      const curve = (ratio) => corners(reach, lambda * ratio).map(
        (value) => [value, LassoLessonModel.shrink(value, square, { lambda, ratio })]);
      const ratios = { lasso: 1, elastic_net: state.ratio, ridge: 0 };
      const order = Object.keys(ratios).sort((x, y) => (x === state.penalty) - (y === state.penalty));
      const b = LassoLessonModel.shrink(z, square, view.penalty);
      const symbol = LassoLessonWords.SUBSCRIPTS[j];
      return { nodes: [
        ...deadZone(toPixels, view, reach, tall), ...thresholdAxes(toPixels, reach, tall, symbol),
        polyline(toPixels, [[-reach, -reach / square], [reach, reach / square]], "lesson-unpenalised"),
        ...order.map((name) => polyline(toPixels, curve(ratios[name]), `lesson-curve lesson-curve-${name}${
          name === state.penalty ? " lesson-curve-chosen" : ""}`)),
        polyline(toPixels, [[z, 0], [z, b]], "lesson-drop"), dot(toPixels, [z, current[j]], "lesson-solution", 6),
      ], label: `Coefficient b${j + 1} as a function of z${j + 1}; now z = ${LassoLessonWords.format(z)}, `
        + `b = ${LassoLessonWords.format(current[j])}` };
    };
  }

  /** The values of z at which the coefficient is exactly 0. */
  function deadZone(toPixels, view, reach, tall) {
    const threshold = Math.min(view.lambda * view.ratio, reach);
    if (threshold === 0) {
      return [];
    }
    const [left, top] = toPixels([-threshold, tall]);
    const [right, bottom] = toPixels([threshold, -tall]);
    return [LassoLessonDom.shape("rect", { class: "lesson-dead", x: left, y: top, width: right - left,
      height: bottom - top })];
  }

  function thresholdAxes(toPixels, reach, tall, symbol) {
    const [left, y0] = toPixels([-reach, 0]);
    const [right, bottom] = toPixels([reach, -tall]);
    const [x0, top] = toPixels([0, tall]);
    const format = LassoLessonWords.format;
    return [LassoLessonDom.shape("path", { class: "lesson-axis", d: `M${left} ${y0}H${right}M${x0} ${top}V${bottom}` }),
      text(left, bottom + 16, format(-reach, 1)), text(right, bottom + 16, format(reach, 1), { "text-anchor": "end" }),
      text(x0, bottom + 16, `z${symbol}`, { "text-anchor": "middle" }),
      text(left - 4, top + 10, format(tall, 1), { "text-anchor": "end" }),
      text(left - 4, bottom, format(-tall, 1), { "text-anchor": "end" }),
      text(left - 4, y0 + 4, `b${symbol}`, { "text-anchor": "end" })];
  }

  /** Both coefficients over lambda, from lambda_max to 0. */
  function drawProfile({ width, height }, view) {
    const top = LassoLessonState.topLambda(view.problem, view.ratio);
    const safe = top > 0 ? top : 1;
    const root = view.ratio === 1 ? 1 : 2;          // a root scale where ridge needs large lambda
    const along = (lambda) => Math.min(1, lambda / safe) ** (1 / root);
    const inside = view.path.filter(({ lambda }) => lambda <= safe);
    const edge = { lambda: safe, b: LassoLessonModel.solve(view.problem, { lambda: safe, ratio: view.ratio }) };
    const points = [edge, ...inside];
    const values = points.flatMap(({ b }) => b);
    const range = [Math.min(0, ...values), Math.max(0, ...values)];
    range[1] += range[1] > range[0] ? 0 : 1;
    const toPixels = makeScales({ width, height }, [1, 0], range);
    const line = (j) => polyline(toPixels, points.map(({ lambda, b }) => [along(lambda), b[j]]), `lesson-b${j + 1}`);
    const [x, bottom] = toPixels([along(view.lambda), range[0]]);
    return { nodes: [
      ...profileAxes(toPixels, range, safe), LassoLessonDom.shape("path", { class: "lesson-now",
        d: `M${x} ${MARGIN.top}V${bottom}` }), line(0), line(1), ...profileLabels(toPixels, points),
      dot(toPixels, [along(view.lambda), view.b[0]], "lesson-b1-dot"),
      dot(toPixels, [along(view.lambda), view.b[1]], "lesson-b2-dot"),
    ], label: `Both coefficients over lambda. ${LassoLessonWords.aboutKnots(view)}` };
  }

  function profileAxes(toPixels, range, top) {
    const format = LassoLessonWords.format;
    const [left, y0] = toPixels([1, 0]);
    const [right, bottom] = toPixels([0, range[0]]);
    const [, ceiling] = toPixels([0, range[1]]);
    const ends = [[range[1], ceiling], [range[0], bottom]].filter(([, y]) => Math.abs(y - y0) > 12);
    return [LassoLessonDom.shape("path", { class: "lesson-axis", d: `M${left} ${y0}H${right}` }),
      text(left, bottom + 18, `λ = ${format(top, 2)}`), text(right, bottom + 18, "0", { "text-anchor": "end" }),
      ...[[0, y0], ...ends].map(([value, y]) => text(left - 4, y + 4, format(value, 1), { "text-anchor": "end" }))];
  }

  /** Names of the two lines, at their least-squares ends and at least a line of text apart. */
  function profileLabels(toPixels, points) {
    const { b } = points.at(-1);
    const [[x, y1], [, y2]] = [toPixels([0, b[0]]), toPixels([0, b[1]])];
    const gap = Math.max(0, 15 - Math.abs(y1 - y2)) / 2 * (y1 <= y2 ? -1 : 1);
    return [["b₁", y1 + gap], ["b₂", y2 - gap]].map(([words, y], j) => text(x - 6, y - 6, words, {
      "text-anchor": "end", class: `lesson-halo lesson-b${j + 1}-label` }));
  }

  /** F(b) - F(solution) of both methods, on a logarithmic scale, against the number of coordinate updates. */
  function drawCost({ width, height }, view) {
    const { replay, state } = view;
    const share = (cost, first) => Math.log10(Math.max(cost / (first > 0 ? first : 1), FLOOR));
    const line = (costs, stride) => costs.map((cost, k) => [k * stride, share(cost, costs[0])]);
    const descent = line(replay.descentCost, 1);
    const gradient = line(replay.gradientCost, 2);
    const toPixels = makeScales({ width, height }, [0, LassoLessonState.N_UPDATES], [Math.log10(FLOOR), 0]);
    return { nodes: [
      ...costAxes(toPixels), polyline(toPixels, gradient, "lesson-gradient"), polyline(toPixels, descent,
        "lesson-descent"), dot(toPixels, gradient[Math.floor(state.k / 2)], "lesson-gradient-dot", 4),
      dot(toPixels, descent[state.k], "lesson-descent-now", 5),
    ], label: LassoLessonWords.aboutCost(view) };
  }

  function costAxes(toPixels) {
    const nodes = [];
    for (const [power, words] of [[0, "1"], [-4, "10⁻⁴"], [-8, "10⁻⁸"], [-12, "10⁻¹²"]]) {
      const [left, y] = toPixels([0, power]);
      const [right] = toPixels([LassoLessonState.N_UPDATES, power]);
      nodes.push(LassoLessonDom.shape("path", { class: "lesson-grid-line", d: `M${left} ${y}H${right}` }),
        text(left - 3, y + 4, words, { "text-anchor": "end" }));
    }
    for (const updates of [0, 20, 40, 60]) {
      const [x, bottom] = toPixels([updates, Math.log10(FLOOR)]);
      nodes.push(text(x, bottom + 16, String(updates), { "text-anchor": "middle" }));
    }
    return nodes;
  }

  return {
    makeThreshold: (j) => makeFigure("lesson-threshold", 210, drawThreshold(j)),
    makeProfile: () => makeFigure("lesson-profile", 190, drawProfile),
    makeCost: () => makeFigure("lesson-cost", 215, drawCost),
  };
})();
