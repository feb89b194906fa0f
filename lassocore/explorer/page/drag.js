// Lives here: moving alpha by mouse, touch and keys; hovering and clicking. Independent of: what a chart draws.

const CLICK_PIXELS = 4;
const PAGE = 10; // alphas of a Page key

// Connect the slider of a chart with the state.
function connectDrag(chart) {
  const slider = chart.slider;
  let press = null,
    pointer = null;

  const place = (event) => {
    const box = chart.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, touch: event.pointerType === "touch" };
  };
  const moveAlpha = (point) => chart.app.moveTo(chart.positionAtPixel(point.x));
  const hover = oncePerFrame(() => {
    if (chart.plot === undefined) return;
    const found = pointer === null || press?.dragging ? null : chart.find(pointer);
    slider.classList.toggle("over", found !== null);
    chart.showTip(found);
    if ((found?.id ?? null) === chart.hover) return;
    chart.hover = found?.id ?? null;
    chart.draw();
  });

  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const point = place(event);
    const onLine = Math.abs(point.x - chart.pixelAt(chart.app.position)) < (point.touch ? 20 : 7);
    press = { point, dragging: onLine && chart.find(point) === null };
    slider.setPointerCapture(event.pointerId);
    slider.focus({ preventScroll: true });
    event.preventDefault();
  });
  slider.addEventListener("pointermove", (event) => {
    const point = place(event);
    pointer = point;
    if (press !== null && !press.dragging) press.dragging = Math.abs(point.x - press.point.x) > CLICK_PIXELS;
    if (press?.dragging) moveAlpha(point);
    hover();
  });
  slider.addEventListener("pointerup", (event) => {
    if (press === null) return;
    const point = place(event),
      found = press.dragging ? null : chart.find(point);
    if (found !== null) chart.pick(found.id);
    else moveAlpha(point);
    press = null;
    if (point.touch) pointer = null;
    hover();
    chart.app.announce();
  });
  slider.addEventListener("pointercancel", () => {
    press = null;
  });
  slider.addEventListener("pointerleave", () => {
    pointer = null;
    hover();
  });
  slider.addEventListener("focus", () => chart.draw());
  slider.addEventListener("blur", () => chart.draw());
  slider.addEventListener("keydown", (event) => {
    const position = positionOfKey(event, chart.app);
    if (position === null) return;
    event.preventDefault();
    chart.app.moveTo(position);
  });
}

// The position to which a key moves: the next alpha of the path, a page of them, an end; null for other keys.
function positionOfKey(event, app) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE };
  const position = app.position,
    last = app.data.n - 1;
  if (event.key === "Home") return 0;
  if (event.key === "End") return last;
  const step = steps[event.key];
  if (step === undefined) return null;
  if (event.shiftKey) return clamp(position + step / 10, 0, last);
  const start = step > 0 ? Math.floor(position + 1e-9) : Math.ceil(position - 1e-9);
  return clamp(start + step, 0, last);
}
