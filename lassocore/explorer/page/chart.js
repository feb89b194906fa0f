// Lives here: what all charts share: two canvases, the axis of the path, the line of alpha. Independent of: the curves.

const FONT_SIZE = 12;

// Colours of the style sheet, as canvas needs them.
function readColors() {
  const style = getComputedStyle(document.documentElement);
  const names = [
    "bg",
    "panel",
    "fg",
    "muted",
    "line",
    "accent",
    "accent-2",
    "accent-3",
    "mass",
    "positive",
    "negative",
  ];
  const colors = { series: [] };
  for (const name of names) colors[name] = style.getPropertyValue(`--${name}`).trim();
  for (let k = 1; k <= 8; k += 1) colors.series.push(style.getPropertyValue(`--series-${k}`).trim());
  colors.font = getComputedStyle(document.body).fontFamily;
  return colors;
}

// A chart over the axis of the path. `drawStatic` draws what a moving alpha leaves as it is, `drawOverlay` the rest.
class Chart {
  constructor(app, host, options) {
    this.app = app;
    this.host = host;
    this.options = options;
    this.staticCanvas = make("canvas", { class: "layer", role: "img", "aria-label": options.label });
    this.overlayCanvas = make("canvas", { class: "layer", "aria-hidden": "true" });
    this.slider = make("div", { class: "slider", role: "slider", tabindex: "0", "aria-label": options.sliderLabel });
    this.tip = make("div", { class: "tip", hidden: true });
    host.classList.add("chart");
    host.append(this.staticCanvas, this.overlayCanvas, this.slider, this.tip);
    this.dirty = true;
    this.hover = null;
    this.drag = new Drag(this);
    new ResizeObserver(() => this.resize()).observe(host);
  }

  get isVisible() {
    return this.host.clientWidth > 0 && this.host.clientHeight > 0;
  }

  get margin() {
    const narrow = this.width < 520;
    return {
      left: narrow ? 46 : 58,
      right: narrow ? 12 : 24,
      top: 10,
      bottom: 40,
      ...this.options.margin?.(this.width),
    };
  }

  resize() {
    if (!this.isVisible) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const [width, height] = [this.host.clientWidth, this.host.clientHeight];
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    Object.assign(this, { width, height, ratio });
    for (const canvas of [this.staticCanvas, this.overlayCanvas]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.invalidate();
    this.draw();
  }

  invalidate() {
    this.dirty = true;
  }

  draw() {
    if (!this.isVisible) return;
    if (this.width === undefined) {
      this.resize();
      return;
    }
    if (this.dirty) {
      this.dirty = false;
      counters.static += 1;
      this.layout();
      this.drawStatic(this.context(this.staticCanvas));
    }
    counters.overlay += 1;
    this.drawOverlay(this.context(this.overlayCanvas));
    this.describe();
  }

  context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = `${FONT_SIZE}px ${this.app.colors.font}`;
    context.lineJoin = "round";
    return context;
  }

  layout() {
    const margin = this.margin;
    this.plot = {
      left: margin.left,
      right: this.width - margin.right,
      top: margin.top,
      bottom: this.height - margin.bottom,
    };
    const plot = this.plot;
    Object.assign(this.slider.style, {
      left: `${plot.left - 12}px`,
      top: "0px",
      width: `${plot.right - plot.left + 24}px`,
      height: `${plot.bottom + 16}px`,
    });
  }

  xOfMark(place) {
    const { low, high } = this.app.axis,
      plot = this.plot;
    return plot.left + ((place - low) / (high - low)) * (plot.right - plot.left);
  }

  pixelAt(position) {
    return this.xOfMark(this.app.axis.at(position));
  }

  positionAtPixel(x) {
    const { low, high } = this.app.axis,
      plot = this.plot;
    return this.app.axis.positionAt(low + ((x - plot.left) / (plot.right - plot.left)) * (high - low));
  }

  // Places at which curves are drawn: all alphas, and more between those that are far apart.
  samples() {
    const n = this.app.data.n,
      positions = [];
    for (let k = 0; k < n; k += 1) {
      positions.push(k);
      if (k + 1 === n) break;
      const parts = clamp(Math.round((this.pixelAt(k + 1) - this.pixelAt(k)) / 8), 1, 60);
      for (let i = 1; i < parts; i += 1)
        positions.push(this.positionAtPixel(this.pixelAt(k) + ((this.pixelAt(k + 1) - this.pixelAt(k)) * i) / parts));
    }
    return positions.map((position) => ({
      x: this.pixelAt(position),
      k: Math.floor(position),
      t: position - Math.floor(position),
      position,
    }));
  }

  drawXAxis(context, { withLabels = true, withTitle = true } = {}) {
    const { colors, axis } = this.app,
      plot = this.plot;
    context.textAlign = "center";
    context.textBaseline = "top";
    let free = -Infinity;
    for (const { place, text } of axis.ticks(Math.max(3, (plot.right - plot.left) / 90))) {
      const x = this.xOfMark(place),
        half = context.measureText(text).width / 2;
      if (x < plot.left - 1 || x > plot.right + 1) continue;
      line(context, x, plot.top, x, plot.bottom, colors.line);
      if (!withLabels || x - half < free || x + half > this.width - 2) continue;
      context.fillStyle = colors.muted;
      context.fillText(text, x, plot.bottom + 6);
      free = x + half + 10;
    }
    if (!withTitle) return;
    context.fillStyle = colors.muted;
    context.fillText(AXIS_LABELS[axis.kind], (plot.left + plot.right) / 2, plot.bottom + 22);
  }

  drawYAxis(context, scale, format = formatTick) {
    const { colors } = this.app,
      plot = this.plot;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of scale.ticks(Math.max(2, (plot.bottom - plot.top) / (this.options.tickSpace ?? 48)))) {
      const y = scale.pixel(value);
      if (y < plot.top - 1 || y > plot.bottom + 1) continue;
      line(context, plot.left, y, plot.right, y, colors.line);
      context.fillStyle = colors.muted;
      context.fillText(format(value), plot.left - 7, y);
    }
  }

  // A title at the top left, inside the chart.
  drawTitle(context, text) {
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillStyle = this.app.colors.muted;
    context.fillText(text, 8, 4, this.width - 16);
  }

  // The line of the current alpha with its handle.
  drawAlphaLine(context) {
    const { colors, position } = this.app,
      plot = this.plot,
      x = this.pixelAt(position);
    line(context, x, plot.top - 4, x, plot.bottom, colors.fg, 1.5);
    const focused = document.activeElement === this.slider && this.slider.matches(":focus-visible");
    context.beginPath();
    context.arc(x, plot.top - 4, focused ? 8 : 6, 0, 2 * Math.PI);
    context.fillStyle = colors.accent;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = colors.panel;
    context.stroke();
  }

  dot(context, x, y, color, radius = 4) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = this.app.colors.panel;
    context.stroke();
  }

  // The values of the slider for assistive technology.
  describe() {
    const { data, position } = this.app,
      slider = this.slider;
    slider.setAttribute("aria-valuemin", "1");
    slider.setAttribute("aria-valuemax", String(data.n));
    slider.setAttribute("aria-valuenow", String(Math.round((position + 1) * 100) / 100));
    slider.setAttribute("aria-valuetext", this.app.summary());
  }

  // What is under the pointer, if anything; what a click on it does.
  find() {
    return null;
  }
  pick() {}

  showTip(found) {
    this.tip.hidden = found === null;
    if (found === null) return;
    setText(this.tip, found.text);
    const width = this.tip.offsetWidth,
      height = this.tip.offsetHeight;
    this.tip.style.left = `${clamp(found.x + 14, 4, Math.max(4, this.width - width - 4))}px`;
    this.tip.style.top = `${clamp(found.y - height - 10, 2, this.height - height - 2)}px`;
  }
}

function line(context, x0, y0, x1, y1, color, width = 1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}
