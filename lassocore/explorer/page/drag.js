// Lives here: moving alpha by mouse, touch and keys; hovering and clicking. Independent of: what a chart draws.

const CLICK_PIXELS = 4;
const LINE_PIXELS = 20; // from the line of alpha, within which touching begins to drag it
const PAGE = 10; // alphas of a Page key

// Connects the slider of a chart with the state. A mouse moves alpha wherever it is pressed, unless on a curve, which
// it picks; a finger moves it from its line, or sideways from anywhere, so that pages can be scrolled.
class Drag {
  constructor(chart) {
    this.chart = chart;
    this.press = null;
    this.pointer = null;
    this.hoverSoon = oncePerFrame(() => this.hover());
    const { slider } = chart;
    slider.addEventListener("pointerdown", (event) => this.begin(event));
    slider.addEventListener("pointermove", (event) => this.move(event));
    slider.addEventListener("pointerup", (event) => this.end(event));
    slider.addEventListener("pointercancel", () => {
      this.press = null;
    });
    slider.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.hoverSoon();
    });
    slider.addEventListener("focus", () => chart.draw());
    slider.addEventListener("blur", () => chart.draw());
    slider.addEventListener("keydown", (event) => this.key(event));
  }

  pointOf(event) {
    const box = this.chart.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, touch: event.pointerType === "touch" };
  }

  moveAlpha(point) {
    this.chart.app.moveTo(this.chart.positionAtPixel(point.x));
  }

  begin(event) {
    if (event.button !== 0) return;
    const { chart } = this,
      point = this.pointOf(event);
    const onLine = Math.abs(point.x - chart.pixelAt(chart.app.position)) < LINE_PIXELS;
    this.press = { point, dragging: chart.find(point) === null && (onLine || !point.touch) };
    if (this.press.dragging) this.moveAlpha(point);
    chart.slider.setPointerCapture(event.pointerId);
    chart.slider.focus({ preventScroll: true });
    event.preventDefault();
  }

  move(event) {
    const { press } = this,
      point = this.pointOf(event);
    this.pointer = point;
    if (press !== null) press.dragging ||= Math.abs(point.x - press.point.x) > CLICK_PIXELS;
    if (press?.dragging) this.moveAlpha(point);
    this.hoverSoon();
  }

  end(event) {
    if (this.press === null) return;
    const { chart } = this,
      point = this.pointOf(event);
    const found = this.press.dragging ? null : chart.find(point);
    if (found !== null) chart.pick(found.id);
    else this.moveAlpha(point);
    this.press = null;
    if (point.touch) this.pointer = null;
    this.hoverSoon();
    chart.app.announceSoon();
  }

  hover() {
    const { chart, pointer } = this;
    if (chart.plot === undefined) return;
    const found = pointer === null || this.press?.dragging ? null : chart.find(pointer);
    chart.slider.classList.toggle("over", found !== null);
    chart.showTip(found);
    const id = found === null ? null : found.id;
    if (id === chart.hover) return;
    chart.hover = id;
    chart.draw();
  }

  key(event) {
    const position = positionOfKey(event, this.chart.app);
    if (position === null) return;
    event.preventDefault();
    this.chart.app.moveTo(position);
  }
}

// The position to which a key moves: the next alpha of the path, a page of them, an end; null for other keys.
function positionOfKey(event, app) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE };
  const { position } = app,
    last = app.data.n - 1;
  if (event.key === "Home") return 0;
  if (event.key === "End") return last;
  const step = steps[event.key];
  if (step === undefined) return null;
  if (event.shiftKey) return clamp(position + step / 10, 0, last);
  const start = step > 0 ? Math.floor(position + 1e-9) : Math.ceil(position - 1e-9);
  return clamp(start + step, 0, last);
}
