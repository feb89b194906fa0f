// Lives here: curves of the plane of two coefficients: contours, regions, zones. Independent of: pixels, the browser.
const LassoLessonGeometry = (() => {
  "use strict";

  const FAR = 1e3;                      // beyond the edge of every view

  function anglesAround(nPoints) {
    return Array.from({ length: nPoints + 1 }, (_, k) => 2 * Math.PI * k / nPoints);
  }

  /** Closed lines on which the loss exceeds its minimum by `level`; two parallel lines for a duplicated feature. */
  function contour(problem, level, nPoints = 120) {
    const { c, r, scales } = problem;
    const radius = Math.sqrt(2 * level);
    if (LassoLessonModel.isSingular(problem)) {
      const normal = [scales[0], Math.sign(r) * scales[1]];
      const length = Math.hypot(...normal);
      return [-1, 1].map((side) => [-FAR, FAR].map((along) => [
        c[0] + (side * radius * normal[0] - along * normal[1]) / (length * length),
        c[1] + (side * radius * normal[1] + along * normal[0]) / (length * length)]));
    }
    const width = Math.sqrt(1 - r * r);                // b - c = inverse of the Cholesky factor of G, transposed
    return [anglesAround(nPoints).map((angle) => [
      c[0] + radius * (Math.cos(angle) - r / width * Math.sin(angle)) / scales[0],
      c[1] + radius * Math.sin(angle) / (width * scales[1])])];
  }

  /** The boundary of {b: P(b) <= P(t, 0)}: the diamond for ratio 1, the circle for 0. */
  function region(ratio, t, nPoints = 240) {
    const value = LassoLessonModel.penaltyValue([t, 0], ratio);
    if (value === 0) {
      return [[0, 0]];
    }
    return anglesAround(nPoints).map((angle) => {
      const norm1 = ratio * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)));
      const radius = 2 * value / (norm1 + Math.sqrt(norm1 * norm1 + 2 * (1 - ratio) * value));
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
  }

  function plus(b, vector, factor) {
    return [b[0] + factor * vector[0], b[1] + factor * vector[1]];
  }

  /**
   * The least-squares solutions c for which the coefficients `zeros` are exactly 0 and the other ones are not, as
   * polygons. With t held they are c = b + inverse(G) (normal cone of the region at its corner b); with lambda held,
   * c = b + inverse(G) (lambda * subgradient of P at b) for all b on a half-axis, and for b = 0.
   */
  function zonesOfZeros(problem, { lambda, ratio }, t, held) {
    if (LassoLessonModel.isSingular(problem)) {
      return [];
    }
    const zones = held === "t" ? [] : [{ zeros: [0, 1], polygon: centre(problem, lambda * ratio) }];
    for (const j of [0, 1]) {
      for (const sign of [1, -1]) {
        zones.push({ zeros: [1 - j], polygon: held === "t" ? cone(problem, ratio, t, j, sign)
          : strip(problem, { lambda, ratio }, j, sign) });
      }
    }
    return zones;
  }

  /** c with |x_j'y|/n <= bound for both features. */
  function centre({ gram }, bound) {
    return [[bound, bound], [bound, -bound], [-bound, -bound], [-bound, bound]].map(
      (q) => LassoLessonModel.solveSystem(gram, q));
  }

  function subgradient(j, sign, own, other) {
    const vector = [other, other];
    vector[j] = sign * own;
    return vector;
  }

  function cone(problem, ratio, t, j, sign) {
    const corner = subgradient(j, sign, t, 0);
    const edges = [ratio, -ratio].map((other) => LassoLessonModel.solveSystem(
      problem.gram, subgradient(j, sign, ratio + (1 - ratio) * t, other)));
    return [corner, ...edges.map((edge) => plus(corner, edge, FAR / Math.hypot(...edge)))];
  }

  function strip(problem, { lambda, ratio }, j, sign) {
    const at = (size, other) => plus(subgradient(j, sign, size, 0), LassoLessonModel.solveSystem(
      problem.gram, subgradient(j, sign, lambda * (ratio + (1 - ratio) * size), lambda * ratio * other)), 1);
    return [at(0, 1), at(0, -1), at(FAR, -1), at(FAR, 1)];
  }

  return { contour, region, zonesOfZeros };
})();
