// Lives here: charts with a line for each feature. Independent of: which numbers the lines show.

const MAX_STROKED = 400; // lines drawn one by one; more of them are drawn as their density
const NEAR_PIXELS = 9;

// The source gives the lines: `count`, `scale()` of values, `fill(id, out)` -> [first, last] alpha that is not 0,
// `valueAt(id, position)`, `each(position, visit)` over the lines at a position, `strong()` (ids to be coloured and
// labelled), `colorOf(id)`, `label(id)`, `feature(id)` (the column of X), `unit` of the tip.
class LineChart extends Chart {
  constructor(app, host, source, options) {
    super(app, host, options);
    this.source = source;
    this.masses = new Map();
  }

  // Forget what was drawn of the lines, as their values have changed.
  forget() {
    this.masses.clear();
    this.invalidate();
  }

  drawStatic(context) {
    const { source, plot } = this;
    this.scale = source.scale().fit(plot.bottom, plot.top + 14);
    this.out = new Float64Array(this.app.data.n);
    this.drawXAxis(context, this.options.xAxis);
    this.drawYAxis(context, this.scale);
    this.grid = this.samples();
    const strong = source.strong(),
      isStrong = new Set(strong);
    context.save();
    context.beginPath();
    context.rect(plot.left, 0, plot.right - plot.left, plot.bottom + 1);
    context.clip();
    if (source.count > MAX_STROKED) this.drawMass(context);
    else
      for (let id = 0; id < source.count; id += 1)
        if (!isStrong.has(id)) this.strokeLine(context, id, this.app.colors.mass, 1, source.count > 120 ? 0.4 : 0.65);
    source.drawBehind?.(context, this);
    for (const id of [...strong].reverse()) this.strokeLine(context, id, source.colorOf(id), 2);
    context.restore();
    if (this.scale.low < 0 && !this.scale.isLog)
      line(context, plot.left, this.scale.pixel(0), plot.right, this.scale.pixel(0), this.app.colors.muted);
    this.drawTitle(context, source.title());
    this.drawCounts(context);
    const last = this.app.data.n - 1;
    drawEndLabels(
      context,
      this,
      [...new Set([...source.pins(), ...strong])].map((id) => ({
        text: source.label(id),
        color: source.colorOf(id),
        y: this.scale.pixel(source.valueAt(id, last)),
      })),
    );
  }

  strokeLine(context, id, color, width, opacity = 1) {
    const [first, last] = this.source.fill(id, this.out),
      { out, scale } = this;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.globalAlpha = opacity;
    context.beginPath();
    for (const { x, k, t } of this.grid) {
      if (k < first - 1 || k + t > last + 1) continue;
      context.lineTo(x, scale.pixel(t === 0 ? out[k] : (1 - t) * out[k] + t * out[k + 1]));
    }
    if (this.grid.length === 1) context.arc(this.grid[0].x, scale.pixel(out[0]), 2.5, 0, 2 * Math.PI);
    context.stroke();
    context.globalAlpha = 1;
  }

  // The lines as a density; the picture is kept until size, axis, scale or values change.
  drawMass(context) {
    const { plot, app, source } = this,
      ratio = Math.min(this.ratio, 2);
    const width = Math.round((plot.right - plot.left) * ratio),
      height = Math.round((plot.bottom - plot.top) * ratio);
    const key = [width, height, app.axis.kind, source.key(), app.colors.mass].join();
    if (!this.masses.has(key)) {
      counters.mass += 1;
      if (this.masses.size > 6) this.masses.clear();
      this.masses.set(key, this.makeMass(width, height, ratio));
    }
    context.drawImage(this.masses.get(key), plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  }

  makeMass(width, height, ratio) {
    const { source, scale, plot, app } = this;
    const pixels = { bottom: (scale.bottom - plot.top) * ratio, low: scale.low, perUnit: scale.perUnit * ratio };
    const mass = new Mass(width, height, this.columns(width, ratio), pixels);
    for (let id = 0; id < source.count; id += 1) mass.add(this.out, ...source.fill(id, this.out));
    const canvas = make("canvas", { width, height });
    canvas.getContext("2d").putImageData(mass.image(rgbOf(app.colors.mass)), 0, 0);
    return canvas;
  }

  columns(width, ratio) {
    const n = this.app.data.n,
      plot = this.plot;
    const k = new Uint32Array(width),
      t = new Float64Array(width);
    for (let c = 0; c < width; c += 1) {
      const position = this.positionAtPixel(plot.left + (c + 0.5) / ratio);
      k[c] = Math.floor(position);
      t[c] = position - k[c];
    }
    const from = Array.from({ length: n }, (_, level) =>
      clamp(Math.ceil((this.pixelAt(level) - plot.left) * ratio - 0.5), 0, width),
    );
    from.push(width);
    return { k, t, from };
  }

  // How many coefficients are not 0, along the top.
  drawCounts(context) {
    if (this.app.axis.kind === "nonzeros" || this.options.withCounts === false) return;
    const { app, plot } = this;
    context.textBaseline = "top";
    context.fillStyle = app.colors.muted;
    context.textAlign = "right";
    context.fillText("nonzero", plot.left - 7, plot.top - 22, plot.left - 9);
    context.textAlign = "center";
    let free = plot.left - 4;
    for (const { place } of app.axis.ticks(Math.max(3, (plot.right - plot.left) / 90))) {
      const text = String(app.data.countAt(Math.round(app.axis.positionAt(place))));
      const x = this.xOfMark(place),
        half = context.measureText(text).width / 2;
      if (x - half < free || x + half > plot.right + 8) continue;
      context.fillText(text, x, plot.top - 22);
      free = x + half + 8;
    }
  }

  drawOverlay(context) {
    const { app, source, scale } = this,
      position = app.position;
    const x = this.pixelAt(position),
      strong = source.strong(),
      pins = source.pins();
    source.drawFront?.(context, this);
    const hovered = this.hover;
    for (const id of pins) {
      if (!strong.includes(id)) context.setLineDash([9, 4]); // colours repeat
      this.strokeLine(context, id, source.colorOf(id), 3);
      context.setLineDash([]);
    }
    if (hovered !== null && !pins.includes(hovered))
      this.strokeLine(context, hovered, source.colorOf(hovered) ?? app.colors.fg, 3);
    this.drawAlphaLine(context);
    for (const id of new Set([...strong, ...pins, ...(hovered === null ? [] : [hovered])])) {
      const value = source.valueAt(id, position);
      if (value !== 0) this.dot(context, x, scale.pixel(value), source.colorOf(id) ?? app.colors.fg);
    }
  }

  // The line that is nearest to a point, within a few pixels.
  find(point) {
    const { plot, source, scale } = this;
    if (point.x < plot.left - 4 || point.x > plot.right + 4 || point.y > plot.bottom + 4) return null;
    const position = this.positionAtPixel(point.x);
    let nearest = null,
      least = (point.touch ? 2 : 1) * NEAR_PIXELS;
    source.each(position, (id, value) => {
      const distance = Math.abs(scale.pixel(value) - point.y);
      if (distance < least) [nearest, least] = [id, distance];
    });
    if (nearest === null) return null;
    const value = source.valueAt(nearest, position);
    return {
      id: nearest,
      x: point.x,
      y: scale.pixel(value),
      text: `${isolated(source.label(nearest))}  ${source.unit(value)}`,
    };
  }

  pick(id) {
    this.app.togglePin(this.source.feature(id));
  }
}
