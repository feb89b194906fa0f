// Lives here: the path: coefficients at any alpha, certificates, R2. Independent of: how anything is drawn.

// A path of n alphas and the m features that are not 0 at some of them. A feature has a place (0 to m - 1); `feature`
// tells the column of X. With several tasks coefficients are those of one task, or norms of the rows over tasks.
class PathData {
  constructor(header, arrays) {
    this.header = header;
    Object.assign(this, {
      alphas: arrays.alphas,
      feature: arrays.features,
      r2: arrays.r2,
      r2Cross: arrays.r2_cross ?? null,
      gaps: arrays.gaps,
      gapTol: arrays.gap_tol[0],
      relativeGaps: arrays.relative_gaps ?? null,
      converged: arrays.converged,
      iterations: arrays.n_iter,
      epochs: arrays.n_epochs ?? null,
      newton: arrays.n_newton ?? null,
      working: arrays.n_working ?? null,
      seconds: arrays.seconds ?? null,
      scales: arrays.scales ?? null,
      intercepts: arrays.intercepts,
      shares: arrays.shares ?? null,
    });
    this.n = this.alphas.length;
    this.m = this.feature.length;
    this.nTasks = header.tasks === null ? 1 : header.tasks.length;
    this.entryValues = arrays.values;
    this.size = arrays.keys.length;
    this.placeOf = new Map();
    for (let j = 0; j < this.m; j += 1) this.placeOf.set(this.feature[j], j);
    this.readKeys(arrays.keys);
    this.current = new Float64Array(this.m);
    this.active = new Uint32Array(this.m);
    this.nActive = 0;
    this.setTarget(header.tasks === null ? 0 : -1);
    this.validation = header.validation ? new ValidationCurve(header.validation, arrays) : null;
  }

  // Entries of a feature are starts[j] to starts[j + 1] - 1, rising in the alpha; those of an alpha are listed by
  // levelStarts and levelEntries.
  readKeys(keys) {
    const n = this.n;
    this.starts = new Uint32Array(this.m + 1);
    this.entryLevel = new Uint32Array(this.size);
    this.entryFeature = new Uint32Array(this.size);
    this.levelStarts = new Uint32Array(n + 1);
    for (let e = 0; e < this.size; e += 1) {
      const j = Math.floor(keys[e] / n),
        k = keys[e] - j * n;
      this.entryFeature[e] = j;
      this.entryLevel[e] = k;
      this.starts[j + 1] += 1;
      this.levelStarts[k + 1] += 1;
    }
    for (let j = 0; j < this.m; j += 1) this.starts[j + 1] += this.starts[j];
    for (let k = 0; k < n; k += 1) this.levelStarts[k + 1] += this.levelStarts[k];
    const next = this.levelStarts.slice(0, n);
    this.levelEntries = new Uint32Array(this.size);
    for (let e = 0; e < this.size; e += 1) this.levelEntries[next[this.entryLevel[e]]++] = e;
  }

  // Show the coefficients of one task, or with -1 the norms of rows over tasks.
  setTarget(target) {
    this.target = target;
    if (target >= 0) {
      this.shown = this.entryValues.subarray(target * this.size, (target + 1) * this.size);
      return;
    }
    this.shown = new Float64Array(this.size);
    for (let e = 0; e < this.size; e += 1) this.shown[e] = Math.sqrt(this.squaredNorm(e, 1, -1, 0));
  }

  // The squared norm over tasks of (weight of entry e) + (weight of entry f); -1 is no entry.
  squaredNorm(e, weightE, f, weightF) {
    let sum = 0;
    for (let task = 0; task < this.nTasks; task += 1) {
      const offset = task * this.size;
      const value =
        (e < 0 ? 0 : weightE * this.entryValues[offset + e]) + (f < 0 ? 0 : weightF * this.entryValues[offset + f]);
      sum += value * value;
    }
    return sum;
  }

  name(j) {
    return this.header.names[j];
  }

  group(j) {
    return this.header.groups === null ? null : this.header.groups[this.header.group_of[j]];
  }

  // The name with the group in front, where there is one.
  label(j) {
    const group = this.group(j);
    return group === null ? this.name(j) : `${isolated(group)}: ${isolated(this.name(j))}`;
  }

  // The place of the first alpha at which a feature is not 0.
  entersAt(j) {
    return this.entryLevel[this.starts[j]];
  }

  countAt(k) {
    return this.levelStarts[k + 1] - this.levelStarts[k];
  }

  // k + t, where alpha is (1 - t) alphas[k] + t alphas[k + 1].
  positionOfAlpha(alpha) {
    const alphas = this.alphas,
      n = this.n;
    if (!(alpha < alphas[0])) return 0;
    if (!(alpha > alphas[n - 1])) return n - 1;
    let low = 0,
      high = n - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (alphas[middle] >= alpha) low = middle;
      else high = middle;
    }
    return alphas[low] === alpha ? low : low + (alphas[low] - alpha) / (alphas[low] - alphas[high]);
  }

  alphaAt(position) {
    const k = Math.floor(position),
      t = position - k;
    return t === 0 ? this.alphas[k] : (1 - t) * this.alphas[k] + t * this.alphas[k + 1];
  }

  nearestAlpha(alpha) {
    return clamp(alpha, this.alphas[this.n - 1], this.alphas[0]);
  }

  // Compute `current` and the list `active` of nonzero coefficients at a position.
  moveTo(position) {
    for (let a = 0; a < this.nActive; a += 1) this.current[this.active[a]] = 0;
    const k = Math.floor(position),
      t = position - k;
    this.nActive = 0;
    this.addLevel(k, 1 - t);
    if (t > 0) this.addLevel(k + 1, t);
    if (t > 0 && this.target < 0) this.joinNorms(k, t);
    return this;
  }

  addLevel(k, weight) {
    const { current, active, shown, entryFeature, levelEntries } = this;
    for (let i = this.levelStarts[k]; i < this.levelStarts[k + 1]; i += 1) {
      const e = levelEntries[i],
        j = entryFeature[e];
      if (current[j] === 0) active[this.nActive++] = j;
      current[j] += weight * shown[e];
      if (current[j] === 0) current[j] = Number.MIN_VALUE; // it is listed once, even where both halves cancel
    }
  }

  // Norms of rows between two alphas are those of the interpolated rows.
  joinNorms(k, t) {
    for (let a = 0; a < this.nActive; a += 1) {
      const j = this.active[a];
      this.current[j] = Math.sqrt(this.squaredNorm(this.entryAt(j, k), 1 - t, this.entryAt(j, k + 1), t));
    }
  }

  // The entry of a feature at an alpha, or -1.
  entryAt(j, k) {
    let low = this.starts[j],
      high = this.starts[j + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entryLevel[middle] < k) low = middle + 1;
      else high = middle;
    }
    return low < this.starts[j + 1] && this.entryLevel[low] === k ? low : -1;
  }

  valueAt(j, position) {
    const k = Math.floor(position),
      t = position - k;
    const e = this.entryAt(j, k),
      f = t > 0 ? this.entryAt(j, k + 1) : -1;
    if (this.target < 0) return Math.sqrt(this.squaredNorm(e, 1 - t, f, t));
    return (e < 0 ? 0 : (1 - t) * this.shown[e]) + (f < 0 ? 0 : t * this.shown[f]);
  }

  // Fill `out` with the coefficients of a feature at all alphas, times a factor; returns [first, last] nonzero.
  fillLine(j, out, factor) {
    const first = this.starts[j],
      end = this.starts[j + 1];
    out.fill(0);
    for (let e = first; e < end; e += 1) out[this.entryLevel[e]] = factor * this.shown[e];
    return [this.entryLevel[first], this.entryLevel[end - 1]];
  }

  // R2 at a position, and whether it is exact: between two alphas it needs X and y, else it is a lower bound.
  r2At(position) {
    const k = Math.floor(position),
      t = position - k,
      r2 = this.r2;
    if (t === 0) return { value: r2[k], exact: true };
    if (this.r2Cross === null) return { value: (1 - t) * r2[k] + t * r2[k + 1], exact: false };
    return { value: (1 - t) ** 2 * r2[k] + 2 * t * (1 - t) * this.r2Cross[k] + t * t * r2[k + 1], exact: true };
  }

  // The gap of an alpha in units of its tolerance; NaN where a float cannot hold them.
  gapRatio(k) {
    const gap = this.gaps[k];
    if (gap === 0) return 0;
    return Number.isFinite(gap) && Number.isFinite(this.gapTol) ? gap / this.gapTol : NaN;
  }

  // The sum of absolute coefficients at an alpha; of several tasks, of the norms of rows.
  l1Norm(k) {
    let sum = 0;
    for (let i = this.levelStarts[k]; i < this.levelStarts[k + 1]; i += 1)
      sum += Math.abs(this.shown[this.levelEntries[i]]);
    return sum;
  }

  // How many folds select a feature at the alpha of the validation that is nearest on a logarithmic scale.
  shareAt(j, alpha) {
    if (this.shares === null) return null;
    return this.shares[j * this.validation.n + this.validation.nearest(alpha)] / this.validation.nFolds;
  }

  // { k, entering, leaving }: features that enter and leave between alpha k - 1 and alpha k.
  knots() {
    const knots = Array.from({ length: this.n }, (_, k) => ({ k, entering: [], leaving: [] }));
    for (let j = 0; j < this.m; j += 1) {
      for (let e = this.starts[j]; e < this.starts[j + 1]; e += 1) {
        const k = this.entryLevel[e];
        if (e === this.starts[j] || this.entryLevel[e - 1] !== k - 1) knots[k].entering.push(j);
        const isLast = e + 1 === this.starts[j + 1] || this.entryLevel[e + 1] !== k + 1;
        if (isLast && k + 1 < this.n) knots[k + 1].leaving.push(j);
      }
    }
    return knots;
  }
}

// Held-out errors and their standard errors at falling alphas.
class ValidationCurve {
  constructor(header, arrays) {
    Object.assign(this, {
      alphas: arrays.cv_alphas,
      means: arrays.cv_means,
      errors: arrays.cv_errors,
      n: arrays.cv_alphas.length,
      best: header.best,
      oneSe: header.one_se,
      nFolds: header.n_folds,
      label: header.label,
      largerIsBetter: header.larger_is_better,
    });
  }

  // The position of the alpha that is nearest on a logarithmic scale.
  nearest(alpha) {
    let nearest = 0,
      least = Infinity;
    for (let k = 0; k < this.n; k += 1) {
      const distance = this.alphas[k] === alpha ? 0 : Math.abs(Math.log(this.alphas[k] / alpha));
      if (distance < least || (alpha === 0 && this.alphas[k] > 0)) [nearest, least] = [k, distance];
    }
    return nearest;
  }
}
