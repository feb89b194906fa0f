// Lives here: the state of the lesson, its limits, its presets, and what follows from it. Independent of: the document.
const LassoLessonState = (() => {
  "use strict";

  const PENALTIES = ["lasso", "elastic_net", "ridge"];
  const HELD = ["t", "lambda"];
  const N_UPDATES = 60;                 // coordinate updates of the replay; a step of proximal gradient counts as two
  const N_ROWS = 20;                    // rows of a sample, whose noise has standard deviation 1
  const MIN_RIDGE_T = 0.02;             // t = 0 is reached by ridge for no finite lambda
  const VIEWS = [3, 4.5, 6, 9, 14, 21];

  const DEFAULTS = Object.freeze({
    step: 0, penalty: "lasso", ratio: 0.5, hold: "t", t: 1.2, lambda: 1, c1: 1.9, c2: 0.6, r: 0.5, s2: 1,
    zones: 0, samples: 0, seed: 1, replay: 0, k: 0, start1: 0, start2: 0,
  });
  const LIMITS = {                      // lowest, highest
    step: [0, 6], ratio: [0.05, 0.95], t: [0, 30], lambda: [0, 1e4], c1: [-20, 20], c2: [-20, 20], r: [-1, 1],
    s2: [0.25, 4], zones: [0, 1], samples: [0, 200], seed: [0, 2 ** 31], replay: [0, 1], k: [0, N_UPDATES],
    start1: [-20, 20], start2: [-20, 20],
  };
  const COUNTS = ["step", "zones", "samples", "seed", "replay", "k"];

  const PRESETS = [
    { name: "Uncorrelated", about: "r = 0", change: () => ({ r: 0 }) },
    { name: "Correlate", about: "r = 0.95", change: () => ({ r: 0.95 }) },
    { name: "Duplicate x₁", about: "x₂ becomes a copy of x₁", change: () => ({ r: 1, s2: 1 }) },
    { name: "Unscale x₂", about: "x₂ in a unit twice as large; b₂ doubles, predictions stay",
      change: (state) => rescaled(state, 0.5) },
    { name: "Standardise x₂", about: "x₂ with standard deviation 1 again", change: (state) => rescaled(state, 1) },
    { name: "Enter, leave, return", about: "a feature that enters with one sign and ends with the other",
      change: () => ({ penalty: "lasso", hold: "lambda", lambda: 0.5, c1: -0.6, c2: 2.6, r: 0.95, s2: 0.8 }) },
  ];

  function clamp(value, [low, high]) {
    return Math.min(high, Math.max(low, value));
  }

  /** A valid state from whatever a link holds: unknown names are dropped, numbers are limited, the rest is default. */
  function sanitise(given) {
    const state = { ...DEFAULTS };
    const source = given !== null && typeof given === "object" ? given : {};
    for (const name of Object.keys(LIMITS)) {
      const value = Object.hasOwn(source, name) && ["number", "string"].includes(typeof source[name])
        && source[name] !== "" ? Number(source[name]) : NaN;
      if (Number.isFinite(value)) {
        const limited = clamp(value, LIMITS[name]);
        state[name] = COUNTS.includes(name) ? Math.round(limited) : limited;
      }
    }
    state.penalty = PENALTIES.includes(source.penalty) ? source.penalty : DEFAULTS.penalty;
    state.hold = HELD.includes(source.hold) ? source.hold : DEFAULTS.hold;
    return state;
  }

  /** What differs from the defaults: short enough for a link. */
  function brief(state) {
    const kept = {};
    for (const [name, value] of Object.entries(state)) {
      if (value !== DEFAULTS[name]) {
        kept[name] = typeof value === "number" ? Number(value.toPrecision(12)) : value;
      }
    }
    return kept;
  }

  /** Another unit for x2: its values are multiplied, its coefficient is divided, predictions stay. */
  function rescaled(state, scale) {
    const s2 = clamp(scale, LIMITS.s2);
    return { s2, c2: clamp(state.c2 * state.s2 / s2, LIMITS.c2) };
  }

  function ratioOf(state) {
    return { lasso: 1, elastic_net: state.ratio, ridge: 0 }[state.penalty];
  }

  /** Half the width of the plane that shows the least-squares solution. */
  function viewOf(state) {
    const farthest = 1.12 * Math.max(Math.abs(state.c1), Math.abs(state.c2));
    return VIEWS.find((width) => width >= farthest) ?? VIEWS.at(-1);
  }

  /** The largest lambda of the slider: a little more than lambda_max, or where ridge is nearly 0. */
  function topLambda(problem, ratio) {
    return 1.1 * LassoLessonModel.lambdaMax(problem, Math.max(ratio, 0.1));
  }

  function problemOf(state) {
    return LassoLessonModel.makeProblem({ c: [state.c1, state.c2], r: state.r, scales: [1, state.s2] });
  }

  /** Whichever of t and lambda is held, the other one follows. */
  function lambdaHeld(state, problem, ratio) {
    if (state.hold === "lambda") {
      return state.lambda;
    }
    return LassoLessonModel.lambdaOf(problem, ratio, ratio === 0 ? Math.max(state.t, MIN_RIDGE_T) : state.t);
  }

  function samplesOf(state, problem, penalty) {
    const random = LassoLessonModel.generator(state.seed);
    return Array.from({ length: state.samples }, () => {
      const sample = LassoLessonModel.resample(problem, 1 / Math.sqrt(N_ROWS), random);
      return { c: sample.c, b: LassoLessonModel.solve(sample, penalty) };
    });
  }

  /** The two replays, with F(b) - F(solution) relative to the start. */
  function replayOf(state, problem, penalty, b) {
    const start = [state.start1, state.start2];
    const least = LassoLessonModel.objective(problem, penalty, b);
    const above = (step) => LassoLessonModel.objective(problem, penalty, step.b) - least;
    const descent = LassoLessonModel.coordinateDescent(problem, penalty, start, N_UPDATES);
    const gradient = LassoLessonModel.proximalGradient(problem, penalty, start, N_UPDATES / 2);
    return { descent, gradient, descentCost: descent.map(above), gradientCost: gradient.map(above) };
  }

  /** Everything that is shown, from the state alone. */
  function derive(state) {
    const problem = problemOf(state);
    const ratio = ratioOf(state);
    const lambda = lambdaHeld(state, problem, ratio);
    const penalty = { lambda, ratio };
    const b = LassoLessonModel.solve(problem, penalty);
    const size = LassoLessonModel.sizeOf(b, ratio);
    const replay = replayOf(state, problem, penalty, b);
    return {
      state, problem, ratio, lambda, penalty, b, replay,
      t: state.hold === "t" ? Math.max(state.t, ratio === 0 ? MIN_RIDGE_T : 0) : size,
      lambdaMax: LassoLessonModel.lambdaMax(problem, ratio),
      segment: LassoLessonModel.segmentOfSolutions(problem, penalty),
      knots: LassoLessonModel.knots(problem, ratio),
      path: LassoLessonModel.path(problem, ratio),
      samples: samplesOf(state, problem, penalty),
      current: state.replay ? replay.descent[state.k].b : b,
    };
  }

  return {
    DEFAULTS, LIMITS, PRESETS, N_UPDATES, N_ROWS, clamp, sanitise, brief, rescaled, ratioOf, viewOf, topLambda, derive,
  };
})();
