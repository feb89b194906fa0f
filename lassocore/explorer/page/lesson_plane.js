// Lives here: the plane of the two coefficients: contours, region, path, samples, replay, and its handles.
// Independent of: how the solution is found, the other figures, which controls there are.
const LassoLessonPlane = (() => {
  "use strict";

  const MAX_SIDE = 600;
  const NARROW = 900;                   // as in lesson.css: one column, above which the plane stays in view
  const CONTOURS = [0.35, 0.8, 1.4, 2.1, 2.9, 3.8, 4.8];      // square roots of twice the loss above least squares
  const NUDGE = 0.05;
  const LAYERS = ["zones", "contours", "axes", "region", "path", "touching", "samples", "replay", "points", "labels"];

  /** The figure. `actions` are begin(), end(), moveCentre(c), moveSize(t), moveStart(b) and state(). */
  function makePlane(actions) {
    const { shape, element, identifier } = LassoLessonDom;
    const clip = identifier("clip");
    const frame = shape("rect", { x: 0, y: 0 });
    const svg = shape("svg", { class: "lesson-plane", role: "group" },
      shape("defs", {}, shape("clipPath", { id: clip }, frame)));
    svg.setAttribute("aria-label", "Plane of the coefficients b1 (horizontal) and b2 (vertical)");
    const layers = {};
    for (const name of LAYERS) {
      layers[name] = shape("g", { "aria-hidden": "true", "clip-path": `url(#${clip})` });
      svg.append(layers[name]);
    }
    const scale = { side: 400, half: 3 };
    const plane = { svg, frame, layers, scale, frozen: false };
    plane.toPixels = ([x, y]) => [scale.side * (x / scale.half + 1) / 2, scale.side * (1 - y / scale.half) / 2];
    plane.toData = ([x, y]) => [(2 * x / scale.side - 1) * scale.half, (1 - 2 * y / scale.side) * scale.half];
    plane.handles = makeHandles(plane, actions);
    svg.append(plane.handles.start.root, plane.handles.size.root, plane.handles.centre.root);
    const root = element("div", { class: "lesson-plane-box" }, svg);
    const widthOf = LassoLessonDom.widthOf(root);
    let known = null;
    return { root, render(view) {
      const width = widthOf();
      if (width !== known) {
        [known, scale.side] = [width, sideOf(width)];
      }
      render(plane, view);
    } };
  }

  function makeHandles(plane, actions) {
    const { shape, handle } = LassoLessonDom;
    const begin = () => { plane.frozen = true; actions.begin(); };
    const end = () => {
      plane.frozen = false;
      if (LassoLessonState.viewOf(actions.state()) !== plane.scale.half) {
        actions.end();
      }
    };
    const common = { figure: plane.svg, toData: plane.toData, begin, end };
    const inside = (value) => LassoLessonState.clamp(value, [-plane.scale.half, plane.scale.half]);
    const snapped = (b) => b.map((value) => Math.round(100 * inside(value)) / 100);
    const shifted = (b, [dx, dy], large) => snapped([
      b[0] + dx * NUDGE * (large ? 5 : 1), b[1] + dy * NUDGE * (large ? 5 : 1)]);
    return {
      centre: handle({ ...common, label: "Least-squares solution", role: "point of the plane, moved by arrow keys",
        mark: shape("circle", { class: "lesson-centre", r: 7 }),
        move: (b) => actions.moveCentre(snapped(b)),
        nudge: (direction, large) => actions.moveCentre(
          shifted([actions.state().c1, actions.state().c2], direction, large)) }),
      size: handle({ ...common, label: "Size t of the region", role: "corner, moved by arrow keys",
        mark: shape("path", { class: "lesson-size", d: "M0 -8L8 0L0 8L-8 0Z" }),
        move: (b) => actions.moveSize(snapped([0, Math.max(0, -b[1])])[1]),
        nudge: ([dx, dy], large) => actions.moveSize(
          Math.max(0, shifted([0, actions.size()], [0, dx || dy], large)[1])) }),
      start: handle({ ...common, label: "Start of coordinate descent", role: "point of the plane, moved by arrow keys",
        mark: shape("rect", { class: "lesson-start", x: -6, y: -6, width: 12, height: 12 }),
        move: (b) => actions.moveStart(snapped(b)),
        nudge: (direction, large) => actions.moveStart(
          shifted([actions.state().start1, actions.state().start2], direction, large)) }),
    };
  }

  /** Pixels of a side: the width there is, as far as the plane and its controls fit into the window together. */
  function sideOf(width) {
    const narrow = window.innerWidth < NARROW;
    const tall = narrow ? Math.max(270, 0.35 * window.innerHeight) : Math.max(380, window.innerHeight - 275);
    return Math.round(Math.max(240, Math.min(width || 400, MAX_SIDE, tall)));
  }

  function render(plane, view) {
    const { svg, frame, scale, layers } = plane;
    if (!plane.frozen) {
      scale.half = LassoLessonState.viewOf(view.state);
    }
    LassoLessonDom.assign(svg, { viewBox: `0 0 ${scale.side} ${scale.side}`, width: scale.side, height: scale.side });
    LassoLessonDom.assign(frame, { width: scale.side, height: scale.side });
    const drawn = {
      zones: zones(plane, view), contours: contours(plane, view), axes: axes(plane), region: region(plane, view),
      path: pathLine(plane, view), touching: touching(plane, view), samples: samples(plane, view),
      replay: replay(plane, view), points: points(plane, view), labels: labels(plane, view),
    };
    for (const name of LAYERS) {
      layers[name].replaceChildren(...drawn[name]);
    }
    placeHandles(plane, view);
  }

  function placeHandles({ handles, scale, toPixels }, view) {
    const { state } = view;
    const words = LassoLessonWords;
    const c = [state.c1, state.c2];
    handles.centre.set(...toPixels(c.map((x) => LassoLessonState.clamp(x, [-scale.half, scale.half]))), state.c1,
      `b1 ${words.format(state.c1, 2)}, b2 ${words.format(state.c2, 2)}`);
    handles.size.set(...toPixels([0, -Math.min(view.t, 0.97 * scale.half)]), view.t, `t ${words.format(view.t, 2)}`);
    handles.start.set(...toPixels([state.start1, state.start2]), state.start1,
      `b1 ${words.format(state.start1, 2)}, b2 ${words.format(state.start2, 2)}`);
    handles.start.root.classList.toggle("lesson-off", !state.replay);
    LassoLessonDom.assign(handles.start.root, { tabindex: state.replay ? 0 : -1 });
  }

  function line(plane, points_, className, closed = false) {
    return LassoLessonDom.shape("path", { class: className, d: LassoLessonDom.pathData(
      points_.map(plane.toPixels), closed) });
  }

  function dot(plane, b, className, r) {
    const [cx, cy] = plane.toPixels(b);
    return LassoLessonDom.shape("circle", { class: className, cx: cx.toFixed(2), cy: cy.toFixed(2), r });
  }

  function axes({ scale, toPixels }) {
    const { shape } = LassoLessonDom;
    const [x0, y0] = toPixels([0, 0]);
    const nodes = [shape("path", { class: "lesson-axis", d: `M0 ${y0}H${scale.side}M${x0} 0V${scale.side}` })];
    const unit = scale.half > 5 ? 5 : 1;
    for (let k = -Math.floor(scale.half / unit); k <= scale.half / unit; k += 1) {
      const [x, y] = toPixels([k * unit, k * unit]);
      if (k !== 0 && Math.abs(k * unit) < 0.96 * scale.half) {
        nodes.push(shape("path", { class: "lesson-axis", d: `M${x} ${y0 - 3}V${y0 + 3}M${x0 - 3} ${y}H${x0 + 3}` }),
          shape("text", { class: "lesson-tick lesson-halo", x, y: y0 + 17, "text-anchor": "middle" },
            LassoLessonWords.format(k * unit, 0)),
          shape("text", { class: "lesson-tick lesson-halo", x: x0 - 7, y: y + 4, "text-anchor": "end" },
            LassoLessonWords.format(k * unit, 0)));
      }
    }
    nodes.push(shape("text", { class: "lesson-halo", x: scale.side - 18, y: y0 - 8 }, "b₁"),
      shape("text", { class: "lesson-halo", x: x0 + 8, y: 16 }, "b₂"));
    return nodes;
  }

  function zones(plane, view) {
    const { state, problem, penalty, t } = view;
    return state.zones ? LassoLessonGeometry.zonesOfZeros(problem, penalty, t, state.hold).map(
      ({ polygon }) => line(plane, polygon, "lesson-zone", true)) : [];
  }

  function contours(plane, view) {
    const valley = LassoLessonModel.isSingular(view.problem)
      ? [line(plane, LassoLessonGeometry.contour(view.problem, 0)[0], "lesson-valley")] : [];
    return [...valley, ...CONTOURS.flatMap((root) => LassoLessonGeometry.contour(view.problem, root * root / 2).map(
      (points_) => line(plane, points_, "lesson-contour")))];
  }

  function region(plane, view) {
    return view.t > 0 ? [line(plane, LassoLessonGeometry.region(view.ratio, view.t), "lesson-region", true)] : [];
  }

  function pathLine(plane, view) {
    const { shape } = LassoLessonDom;
    const knots = view.knots.map(({ b }) => {
      const [x, y] = plane.toPixels(b);
      return shape("circle", { class: "lesson-knot", cx: x, cy: y, r: 3 });
    });
    return [line(plane, view.path.map(({ b }) => b), "lesson-path"), ...knots];
  }

  function touching(plane, view) {
    const level = LassoLessonModel.lossAbove(view.problem, view.b);
    const curves = level > 1e-9 ? LassoLessonGeometry.contour(view.problem, level).map(
      (points_) => line(plane, points_, "lesson-touching")) : [];
    return view.segment ? [...curves, line(plane, view.segment, "lesson-segment")] : curves;
  }

  function samples(plane, view) {
    const last = view.samples.at(-1);
    const centres = view.samples.map(({ c }) => dot(plane, c, "lesson-sample-centre", 3));
    const solutions = view.samples.map(({ b }) => dot(plane, b, "lesson-sample", 4));
    return last ? [...centres, ...solutions, line(plane, [last.c, last.b], "lesson-sample-line"),
      dot(plane, last.b, "lesson-sample-last", 7)] : [];
  }

  function replay(plane, view) {
    if (!view.state.replay) {
      return [];
    }
    const { descent, gradient } = view.replay;
    const done = descent.slice(0, view.state.k + 1).map(({ b }) => b);
    const doneGradient = gradient.slice(0, Math.floor(view.state.k / 2) + 1).map(({ b }) => b);
    return [
      line(plane, doneGradient, "lesson-gradient"), ...doneGradient.map((b) => dot(plane, b, "lesson-gradient-dot", 3)),
      line(plane, done, "lesson-descent"), ...done.map((b) => dot(plane, b, "lesson-descent-dot", 3)),
      dot(plane, done.at(-1), "lesson-descent-now", 6),
    ];
  }

  function points(plane, view) {
    return [dot(plane, view.b, "lesson-solution", 7)];
  }

  function labels(plane, view) {
    const { label } = LassoLessonDom;
    const size = [plane.scale.side, plane.scale.side];
    const away = [view.b[0] - view.problem.c[0], view.problem.c[1] - view.b[1]];
    const near = Math.hypot(...away) < 0.08 * plane.scale.half;
    const outwards = near ? [0, -1] : [view.problem.c[0], -view.problem.c[1]];
    const words = LassoLessonModel.isSingular(view.problem) ? "one of many least-squares points" : "least squares";
    const found = [label(words, plane.toPixels(view.problem.c), outwards, size)];
    return near ? found : [...found, label(LassoLessonWords.penaltyName(view), plane.toPixels(view.b), away, size,
      { class: "lesson-halo lesson-solution-label" })];
  }

  return { makePlane };
})();
