// Lives here: the validation curve, the gaps and the knots along the path. Independent of: lines of features.

const LOG_RATIO = 6; // of the largest to the smallest error, beyond which the scale is logarithmic

// The held-out error with a band of one standard error; marks at the best alpha and at that of the 1-SE rule.
class ValidationChart extends Chart {
  drawStatic(context) {
    const { app, plot } = this,
      curve = app.data.validation,
      { colors } = app;
    const lows = curve.means.map((mean, k) => mean - curve.errors[k]),
      highs = curve.means.map((mean, k) => mean + curve.errors[k]);
    const [low, high] = [Math.min(...lows.filter(Number.isFinite)), Math.max(...highs.filter(Number.isFinite))];
    const isLog = low > 0 && high > LOG_RATIO * low;
    this.scale = new ValueScale(low, high, isLog).fit(plot.bottom - 4, plot.top + 14);
    this.drawXAxis(context);
    this.drawYAxis(context, this.scale);
    this.points = Array.from(curve.alphas, (alpha, k) => ({
      x: this.pixelAt(app.data.positionOfAlpha(alpha)),
      k,
    })).filter(({ k }) => this.isOnPath(curve.alphas[k]));
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
    context.clip();
    this.drawBand(context, lows, highs);
    context.beginPath();
    for (const { x, k } of this.points) context.lineTo(x, this.scale.pixel(curve.means[k]));
    context.strokeStyle = colors.accent;
    context.lineWidth = 2;
    context.stroke();
    context.restore();
    this.drawChoice(context, curve.best, curve.largerIsBetter ? "max" : "min", colors["accent-3"], 1);
    if (curve.oneSe !== curve.best) this.drawChoice(context, curve.oneSe, "1 SE", colors["accent-2"], -1);
    this.drawTitle(
      context,
      `${curve.label}, mean of ${plural(curve.nFolds, "fold")} \u00b1 1 standard error${isLog ? " (log scale)" : ""}`,
    );
  }

  isOnPath(alpha) {
    const alphas = this.app.data.alphas;
    return alpha <= alphas[0] * (1 + 1e-9) && alpha >= alphas[alphas.length - 1] * (1 - 1e-9);
  }

  drawBand(context, lows, highs) {
    context.beginPath();
    for (const { x, k } of this.points) context.lineTo(x, this.scale.pixel(highs[k]));
    for (const { x, k } of [...this.points].reverse()) context.lineTo(x, this.scale.pixel(lows[k]));
    context.globalAlpha = 0.18;
    context.fillStyle = this.app.colors.accent;
    context.fill();
    context.globalAlpha = 1;
  }

  drawChoice(context, k, text, color, side) {
    const { app, plot } = this,
      curve = app.data.validation;
    if (!this.isOnPath(curve.alphas[k])) return;
    const x = this.pixelAt(app.data.positionOfAlpha(curve.alphas[k]));
    context.setLineDash([4, 3]);
    line(context, x, plot.top + 14, x, plot.bottom, color, 1.5);
    context.setLineDash([]);
    this.dot(context, x, this.scale.pixel(curve.means[k]), color, 4.5);
    const width = context.measureText(text).width,
      fits = side > 0 ? x + width + 8 < plot.right : x - width - 8 > plot.left;
    context.textAlign = side > 0 === fits ? "left" : "right";
    context.textBaseline = "top";
    context.fillStyle = color;
    context.fillText(text, x + (side > 0 === fits ? 6 : -6), plot.top + 16);
  }

  drawOverlay(context) {
    this.drawAlphaLine(context);
    const curve = this.app.data.validation,
      alpha = this.app.alpha;
    if (!this.isOnPath(alpha) || this.points.length === 0) return;
    const x = this.pixelAt(this.app.position);
    const next = this.points.findIndex((point) => point.x >= x),
      b = this.points[next < 0 ? this.points.length - 1 : next];
    const a = this.points[Math.max(0, (next < 0 ? this.points.length : next) - 1)];
    const t = b.x > a.x ? clamp((x - a.x) / (b.x - a.x), 0, 1) : 0;
    this.dot(context, x, this.scale.pixel((1 - t) * curve.means[a.k] + t * curve.means[b.k]), this.app.colors.accent);
  }
}

const GAP_FLOOR = 1e-8; // smaller ratios are drawn here

// The gap of each alpha in units of its tolerance, on a logarithmic scale.
class GapChart extends Chart {
  drawStatic(context) {
    const { app, plot } = this,
      { data, colors } = app;
    this.ratios = Array.from({ length: data.n }, (_, k) => data.gapRatio(k));
    const positive = this.ratios.filter((ratio) => ratio > 0 && Number.isFinite(ratio));
    const floor = Math.max(GAP_FLOOR, Math.min(0.1, ...positive) / 3);
    this.scale = new ValueScale(floor, Math.max(3, ...positive) * 1.5, true).fit(plot.bottom, plot.top + 14);
    this.drawXAxis(context);
    this.drawYAxis(context, this.scale);
    const bound = this.scale.pixel(1);
    line(context, plot.left, bound, plot.right, bound, colors["accent-2"], 1.5);
    context.fillStyle = colors["accent-2"];
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillText("tolerance", plot.right - 4, bound - 3);
    for (const [k, ratio] of this.ratios.entries()) {
      if (Number.isNaN(ratio)) continue;
      this.mark(
        context,
        this.pixelAt(k),
        this.scale.pixel(ratio),
        data.converged[k] ? colors.accent : colors["accent-2"],
        data.converged[k],
      );
    }
    this.drawTitle(
      context,
      `duality gap \u00f7 tolerance${floor === GAP_FLOOR ? " (along the lower edge: smaller gaps)" : ""}`,
    );
  }

  // Met: a filled dot; missed: a cross, so that colour alone does not tell.
  mark(context, x, y, color, met) {
    if (met) {
      this.dot(context, x, y, color, 3.5);
      return;
    }
    line(context, x - 4, y - 4, x + 4, y + 4, color, 2);
    line(context, x - 4, y + 4, x + 4, y - 4, color, 2);
  }

  drawOverlay(context) {
    this.drawAlphaLine(context);
    const k = this.app.nearestLevel(),
      ratio = this.ratios[k];
    if (!Number.isNaN(ratio)) this.dot(context, this.pixelAt(k), this.scale.pixel(ratio), this.app.colors.fg, 5.5);
  }
}

// How many features enter (bars up) and leave (bars down) at each alpha.
class KnotChart extends Chart {
  drawStatic(context) {
    const { app, plot } = this,
      { colors } = app,
      knots = app.knots;
    const most = Math.max(1, ...knots.map((knot) => knot.entering.length)),
      least = Math.max(0, ...knots.map((knot) => knot.leaving.length));
    this.scale = new ValueScale(-least - 0.2, most + 0.2).fit(plot.bottom, plot.top + 14);
    this.drawXAxis(context);
    this.drawYAxis(context, this.scale, (value) => (Number.isInteger(value) ? String(Math.abs(value)) : ""));
    const zero = this.scale.pixel(0),
      width = clamp(((plot.right - plot.left) / app.data.n) * 0.7, 1.5, 14);
    for (const { k, entering, leaving } of knots) {
      const x = this.pixelAt(k) - width / 2;
      context.fillStyle = colors.accent;
      context.fillRect(x, this.scale.pixel(entering.length), width, zero - this.scale.pixel(entering.length));
      context.fillStyle = colors["accent-2"];
      context.fillRect(x, zero, width, this.scale.pixel(-leaving.length) - zero);
    }
    line(context, plot.left, zero, plot.right, zero, colors.muted);
    this.drawTitle(context, "features that enter (up) and leave (down)");
  }

  drawOverlay(context) {
    this.drawAlphaLine(context);
  }
}
