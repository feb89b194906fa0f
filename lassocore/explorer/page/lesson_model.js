// Lives here: the mathematics of the lesson: the elastic net of two features, solved exactly.
// Independent of: the page, drawing, the browser.
//
// The objective is F(b) = (b - c)'G(b - c)/2 + lambda * P(b), P(b) = ratio*||b||_1 + (1 - ratio)/2*||b||_2^2,
// with G = X'X/n, the least-squares solution c, and q = Gc = X'y/n. It differs from the loss ||y - Xb||^2/(2n) plus
// penalty by a constant. A problem is {gram, c, q}, a penalty is {lambda, ratio}; ratio 1 is the lasso, 0 ridge.
const LassoLessonModel = (() => {
  "use strict";

  const TIE = 1e-14;                    // violations of the optimality conditions this close, relative to q, are equal
  const SIGNS = [[1, 1], [1, -1], [-1, 1], [-1, -1]];

  /** The problem of two features with standard deviations `scales`, correlation r and least-squares solution c. */
  function makeProblem({ c, r, scales }) {
    const off = r * scales[0] * scales[1];
    const gram = [[scales[0] * scales[0], off], [off, scales[1] * scales[1]]];
    return { gram, c: [...c], q: times(gram, c), r, scales: [...scales] };
  }

  function times(gram, b) {
    return [gram[0][0] * b[0] + gram[0][1] * b[1], gram[1][0] * b[0] + gram[1][1] * b[1]];
  }

  function isSingular(problem) {
    return Math.abs(problem.r) >= 1;
  }

  /** Solves a symmetric system of two equations by Cramer's rule. */
  function solveSystem(matrix, right) {
    const [[a, g], [, d]] = matrix;
    const determinant = a * d - g * g;
    return [(d * right[0] - g * right[1]) / determinant, (a * right[1] - g * right[0]) / determinant];
  }

  /** S(z, threshold) = sign(z) max(|z| - threshold, 0). */
  function softThreshold(z, threshold) {
    return Math.abs(z) <= threshold ? 0 : z - Math.sign(z) * threshold;
  }

  /** The minimiser over one coefficient whose feature has x'x/n = square and partial residual correlation z. */
  function shrink(z, square, { lambda, ratio }) {
    return softThreshold(z, lambda * ratio) / (square + lambda * (1 - ratio));
  }

  /** z_j = x_j'(y - x_k b_k)/n: the correlation of feature j with the residual that leaves j out. */
  function partialCorrelation(problem, b, j) {
    return problem.q[j] - problem.gram[j][1 - j] * b[1 - j];
  }

  /** x_j'(y - Xb)/n for both features. */
  function correlations(problem, b) {
    const fitted = times(problem.gram, b);
    return [problem.q[0] - fitted[0], problem.q[1] - fitted[1]];
  }

  function penaltyValue(b, ratio) {
    return ratio * (Math.abs(b[0]) + Math.abs(b[1])) + (1 - ratio) / 2 * (b[0] * b[0] + b[1] * b[1]);
  }

  function lossAbove(problem, b) {
    const d = [b[0] - problem.c[0], b[1] - problem.c[1]];
    const image = times(problem.gram, d);
    return (d[0] * image[0] + d[1] * image[1]) / 2;
  }

  function objective(problem, penalty, b) {
    return lossAbove(problem, b) + penalty.lambda * penaltyValue(b, penalty.ratio);
  }

  /** What optimality asks of b_j: x_j'r/n - lambda (1 - ratio) b_j = bound * sign(b_j), or |.| <= bound. */
  function optimality(problem, { lambda, ratio }, b) {
    const bound = lambda * ratio;
    return correlations(problem, b).map((correlation, j) => {
      const value = correlation - lambda * (1 - ratio) * b[j];
      const violation = b[j] === 0 ? Math.max(0, Math.abs(value) - bound) : Math.abs(value - bound * Math.sign(b[j]));
      return { b: b[j], correlation, value, bound, violation };
    });
  }

  function violation(problem, penalty, b) {
    return Math.max(...optimality(problem, penalty, b).map((row) => row.violation));
  }

  /** Solves (G + l2 I) b = q - l1 * signs; for a duplicated feature G = vv', q = v m, by Sherman and Morrison. */
  function bothNonzero(problem, l1, l2, signs) {
    const { gram, q, c, r, scales } = problem;
    if (!isSingular(problem)) {
      const matrix = [[gram[0][0] + l2, gram[0][1]], [gram[1][0], gram[1][1] + l2]];
      return solveSystem(matrix, [q[0] - l1 * signs[0], q[1] - l1 * signs[1]]);
    }
    const v = [scales[0], Math.sign(r) * scales[1]];
    const total = l2 + v[0] * v[0] + v[1] * v[1];
    const [m, along] = [v[0] * c[0] + v[1] * c[1], (v[0] * signs[0] + v[1] * signs[1]) / total];
    return v.map((value, j) => value * m / total - (l1 === 0 ? 0 : l1 / l2 * (signs[j] - value * along)));
  }

  /** The minimisers under each assumption on which coefficients are 0 and which signs the others have. */
  function candidates(problem, penalty) {
    const { gram, q } = problem;
    const l1 = penalty.lambda * penalty.ratio;
    const l2 = penalty.lambda * (1 - penalty.ratio);
    const found = [[0, 0], [shrink(q[0], gram[0][0], penalty), 0], [0, shrink(q[1], gram[1][1], penalty)]];
    if (isSingular(problem) && l1 > 0 && l2 === 0) {
      return found;                     // both nonzero is then at most as good as one of them
    }
    if (l1 === 0) {
      return [...found, bothNonzero(problem, l1, l2, [0, 0])];
    }
    return [...found, ...SIGNS.map((signs) => bothNonzero(problem, l1, l2, signs))];
  }

  /** With r = 1 or -1 and lambda = 0 every point of a line is optimal: the limit of lambda falling to 0 is taken. */
  function above0(problem, penalty) {
    return isSingular(problem) && penalty.lambda === 0
      ? { ...penalty, lambda: 1e-11 * Math.max(Math.abs(problem.q[0]), Math.abs(problem.q[1])) } : penalty;
  }

  /** The minimiser of F, exact up to rounding: the candidate that meets the optimality conditions. */
  function solve(problem, penalty) {
    const asked = above0(problem, penalty);
    const slack = TIE * Math.max(Math.abs(problem.q[0]), Math.abs(problem.q[1]));
    let best = null;
    let least = Infinity;
    for (const b of candidates(problem, asked)) {
      const size = violation(problem, asked, b);
      if (size < least - slack || best === null) {
        [best, least] = [b, size];
      }
    }
    return best.map((value) => value + 0);       // no negative zero
  }

  /** Both ends of the segment of minimisers where a duplicated feature leaves more than one, else null. */
  function segmentOfSolutions(problem, penalty) {
    const asked = above0(problem, penalty);
    if (!isSingular(problem) || asked.ratio < 1) {
      return null;
    }
    const ends = [0, 1].map((j) => {
      const end = [0, 0];
      end[j] = shrink(problem.q[j], problem.gram[j][j], asked);
      return end;
    });
    const slack = 1e-10 * Math.max(Math.abs(problem.q[0]), Math.abs(problem.q[1]));
    const both = ends.every((end) => violation(problem, asked, end) <= slack && (end[0] !== 0 || end[1] !== 0));
    return both ? ends : null;
  }

  /** The size t of the region {b: P(b) <= P(t, 0)} through b; t is ||b||_1 for the lasso and ||b||_2 for ridge. */
  function sizeOf(b, ratio) {
    const value = penaltyValue(b, ratio);
    return value === 0 ? 0 : 2 * value / (ratio + Math.sqrt(ratio * ratio + 2 * (1 - ratio) * value));
  }

  /** The smallest lambda with solution 0: max_j |x_j'y|/n / ratio; none is finite for ridge. */
  function lambdaMax(problem, ratio) {
    return Math.max(Math.abs(problem.q[0]), Math.abs(problem.q[1])) / ratio;
  }

  /** The size t of the solution at lambda. */
  function sizeAt(problem, ratio, lambda) {
    return sizeOf(solve(problem, { lambda, ratio }), ratio);
  }

  /** The lambda whose solution minimises the loss within the region of size t: bisection to the last bit. */
  function lambdaOf(problem, ratio, t) {
    if (t >= sizeAt(problem, ratio, 0)) {
      return 0;
    }
    let low = 0;
    let high = lambdaMax(problem, ratio);
    if (t <= 0) {
      return high;
    }
    for (high = Math.min(high, problem.gram[0][0] + problem.gram[1][1]); sizeAt(problem, ratio, high) > t;) {
      [low, high] = [high, 2 * high];
    }
    for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
      [low, high] = sizeAt(problem, ratio, middle) > t ? [middle, high] : [low, middle];
    }
    return high;
  }

  /** Real roots of a x^2 + b x + c, without cancellation. */
  function roots(a, b, c) {
    const discriminant = b * b - 4 * a * c;
    if (a === 0 || discriminant < 0) {
      return a === 0 && b !== 0 ? [-c / b] : [];
    }
    const half = -(b + (b < 0 ? -1 : 1) * Math.sqrt(discriminant)) / 2;
    return half === 0 ? [0] : [half / a, c / half];
  }

  /** Every lambda at which the set of nonzeros could change: one of them enters alone, or beside the other one. */
  function possibleKnots({ gram, q }, ratio) {
    const found = [Math.abs(q[0]) / ratio, Math.abs(q[1]) / ratio];
    for (const j of [0, 1]) {
      for (const [own, other] of SIGNS) {
        // q_k - g b_j = other*lambda*ratio with b_j = (q_j - own*lambda*ratio)/(G_jj + lambda*(1 - ratio))
        const [square, g, qk] = [gram[j][j], gram[0][1], q[1 - j]];
        found.push(...roots(-other * ratio * (1 - ratio), qk * (1 - ratio) - other * ratio * square + g * own * ratio,
          qk * square - g * q[j]));
      }
    }
    return found.filter((lambda) => lambda > 0 && Number.isFinite(lambda)).sort((x, y) => y - x);
  }

  /** The signs of the solution, 0 for a coefficient that is 0. */
  function signsAt(problem, ratio, lambda) {
    return solve(problem, { lambda, ratio }).map(Math.sign);
  }

  /** Where a feature enters or leaves: {lambda, b, signs below}, lambda falling; for ridge there is no such place. */
  function knots(problem, ratio) {
    if (ratio === 0) {
      return [];
    }
    const places = possibleKnots(problem, ratio);
    const changes = [];
    let signs = [0, 0];
    places.forEach((lambda, k) => {
      const below = signsAt(problem, ratio, (lambda + (places[k + 1] ?? 0)) / 2);
      if (below[0] !== signs[0] || below[1] !== signs[1]) {
        changes.push({ lambda, b: solve(problem, { lambda, ratio }), signs: below, before: signs });
        signs = below;
      }
    });
    return changes;
  }

  /** The solutions from 0 to least squares, as {lambda, b}; the lasso's path is piecewise linear between knots. */
  function path(problem, ratio, nPoints = 96) {
    const places = knots(problem, ratio).map((knot) => knot.lambda);
    if (ratio < 1) {
      const unit = (problem.gram[0][0] + problem.gram[1][1]) / 2;
      for (let k = 1; k < nPoints; k += 1) {
        places.push(unit * (1 - k / nPoints) / (k / nPoints));
      }
    }
    const falling = places.sort((x, y) => y - x);
    const solutions = [...falling, 0].map((lambda) => ({ lambda, b: solve(problem, { lambda, ratio }) }));
    return [{ lambda: lambdaMax(problem, ratio), b: [0, 0] }, ...solutions];
  }

  /** b after each update of cyclic coordinate descent; entry 0 is the start. */
  function coordinateDescent(problem, penalty, start, nSteps) {
    const steps = [{ b: [...start], j: -1 }];
    for (let k = 0; k < nSteps; k += 1) {
      const b = [...steps[k].b];
      b[k % 2] = shrink(partialCorrelation(problem, b, k % 2), problem.gram[k % 2][k % 2], penalty);
      steps.push({ b, j: k % 2 });
    }
    return steps;
  }

  function largestEigenvalue([[a, g], [, d]]) {
    return (a + d) / 2 + Math.hypot((a - d) / 2, g);
  }

  /** b after each step of proximal gradient with step size 1/L, L the largest eigenvalue of G. */
  function proximalGradient(problem, penalty, start, nSteps) {
    const L = largestEigenvalue(problem.gram);
    const steps = [{ b: [...start] }];
    for (let k = 0; k < nSteps; k += 1) {
      const { b } = steps[k];
      const slopes = correlations(problem, b);
      steps.push({ b: b.map((value, j) => shrink(L * value + slopes[j], L, penalty)) });
    }
    return steps;
  }

  /** Numbers in [0, 1) that depend on the seed only (mulberry32). */
  function generator(seed) {
    let word = seed >>> 0;
    return () => {
      word = (word + 0x6D2B79F5) >>> 0;
      let mixed = Math.imul(word ^ (word >>> 15), word | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  /** Two independent standard normal numbers (Box and Muller). */
  function normals(random) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }

  /** The same X with fresh noise in y: X'e/n has the covariance noise^2 G, noise = sigma/sqrt(n). */
  function resample(problem, noise, random) {
    const { gram, q, c, r, scales } = problem;
    const [u, v] = normals(random);
    const shift = [noise * scales[0] * u, noise * scales[1] * (r * u + Math.sqrt(Math.max(0, 1 - r * r)) * v)];
    const norm = scales[0] * scales[0] + scales[1] * scales[1];
    const along = (scales[0] * shift[0] + Math.sign(r) * scales[1] * shift[1]) / (norm * norm);
    const moved = isSingular(problem) ? [scales[0] * along, Math.sign(r) * scales[1] * along]
      : solveSystem(gram, shift);
    return { ...problem, q: [q[0] + shift[0], q[1] + shift[1]], c: [c[0] + moved[0], c[1] + moved[1]] };
  }

  return {
    makeProblem, isSingular, solveSystem, softThreshold, shrink, partialCorrelation, correlations, penaltyValue,
    lossAbove, objective, optimality, violation, solve, segmentOfSolutions, sizeOf, sizeAt, lambdaMax, lambdaOf, knots,
    path, coordinateDescent, proximalGradient, largestEigenvalue, generator, resample,
  };
})();
