// Lives here: elements, shapes, sliders and handles of the lesson. Independent of: what they show, the lasso.
const LassoLessonDom = (() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  let nIdentifiers = 0;
  let nResizes = 0;

  /** A name for `id`, unique in the page. */
  function identifier(stem) {
    nIdentifiers += 1;
    return `lesson-${stem}-${nIdentifiers}`;
  }

  function assign(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) {
        node.removeAttribute(name);
      } else {
        node.setAttribute(name, value === true ? "" : value);
      }
    }
    return node;
  }

  /** An HTML element; children are nodes or text. */
  function element(tag, attributes = {}, ...children) {
    const node = assign(document.createElement(tag), attributes);
    node.append(...children);
    return node;
  }

  /** An SVG element. */
  function shape(tag, attributes = {}, ...children) {
    const node = assign(document.createElementNS(SVG, tag), attributes);
    node.append(...children);
    return node;
  }

  /** A function that measures the width of an element once, and again after `forgetWidths`: a layout costs time. */
  function widthOf(node) {
    let [width, measured] = [0, -1];
    return () => {
      if (width === 0 || measured !== nResizes) {
        [width, measured] = [node.clientWidth, nResizes];
      }
      return width;
    };
  }

  function forgetWidths() {
    nResizes += 1;
  }

  function pathData(points, closed = false) {
    return points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`).join("") + (closed ? "Z" : "");
  }

  function button(text, onClick, attributes = {}) {
    const node = element("button", { type: "button", class: "button", ...attributes }, text);
    node.addEventListener("click", onClick);
    return node;
  }

  /** Buttons of which one is pressed; `set(value)` presses it. */
  function segments(label, options, onChoose) {
    const root = element("div", { class: "segments lesson-segments", role: "group", "aria-label": label });
    const buttons = options.map(([value, text]) => {
      const node = element("button", { type: "button", "aria-pressed": "false" }, text);
      node.addEventListener("click", () => onChoose(value));
      root.append(node);
      return [value, node];
    });
    return { root, set: (chosen) => buttons.forEach(([value, node]) => assign(node, {
      "aria-pressed": String(value === chosen) })) };
  }

  function checkbox(text, onChange) {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => onChange(input.checked));
    return { root: element("label", { class: "lesson-check" }, input, element("span", {}, text)),
      set: (checked, disabled = false) => { [input.checked, input.disabled] = [checked, disabled]; } };
  }

  /**
   * A button that calls `step()` again and again until it returns false, or is pressed again. Where motion is unwanted
   * it calls `finish()` instead.
   */
  function player({ text, milliseconds, start, step, finish }) {
    let timer = null;
    const stop = () => {
      clearInterval(timer);
      timer = null;
      root.textContent = text;
    };
    const play = () => {
      start();
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        finish();
        return;
      }
      root.textContent = "Pause";
      timer = setInterval(() => step() || stop(), milliseconds);
    };
    const root = button(text, () => (timer === null ? play() : stop()));
    return { root, stop };
  }

  /** A labelled range input. `begin` is called before the first change of a gesture. */
  function slider({ label, low = 0, high = 1, step = 0.01, begin, change }) {
    const name = identifier("slider");
    const output = element("output", { for: name, "aria-live": "off" });
    const input = element("input", { id: name, type: "range", min: low, max: high, step });
    let changing = false;
    input.addEventListener("input", () => {
      if (!changing) {
        begin();
        changing = true;
      }
      change(Number(input.value));
    });
    input.addEventListener("change", () => { changing = false; });
    const head = element("div", { class: "lesson-slider-head" }, element("label", { for: name }, label), output);
    const root = element("div", { class: "lesson-slider" }, head, input);
    return { root, input, set(value, text, limit) {
      if (limit !== undefined) {
        input.max = String(limit);
      }
      if (document.activeElement !== input || Math.abs(Number(input.value) - value) > Number(step) / 2) {
        input.value = String(value);
      }
      output.textContent = text;
      assign(input, { "aria-valuetext": text });
    } };
  }

  /**
   * A point of a figure that is moved by mouse, touch, pen or arrow keys.
   * `toData` turns pixels of the figure into data; `move(point)` is given data, `nudge([dx, dy], large)` directions.
   */
  function handle({ figure, mark, label, role, toData, begin, move, nudge, end }) {
    const node = shape("g", { class: "lesson-handle", tabindex: 0, role: "slider", "aria-roledescription": role,
      "aria-label": label }, shape("circle", { class: "lesson-hit", r: 22 }),
    shape("circle", { class: "lesson-ring", r: 13 }), mark);
    const place = { x: 0, y: 0 };
    let offset = null;
    const pixels = (event) => {
      const box = figure.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) {
        return;
      }
      const [x, y] = pixels(event);
      offset = [place.x - x, place.y - y];
      node.setPointerCapture(event.pointerId);
      node.focus({ preventScroll: true });
      begin();
      event.preventDefault();
    });
    node.addEventListener("pointermove", (event) => {
      if (offset) {
        const [x, y] = pixels(event);
        move(toData([x + offset[0], y + offset[1]]));
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      node.addEventListener(name, () => {
        if (offset) {
          offset = null;
          end();
        }
      });
    }
    node.addEventListener("keydown", (event) => {
      if (ARROWS[event.key] && !event.altKey && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        begin();
        nudge(ARROWS[event.key], event.shiftKey);
        end();
      }
    });
    return { root: node, set(x, y, valueNow, text) {
      Object.assign(place, { x, y });
      assign(node, { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`, "aria-valuenow": valueNow.toFixed(3),
        "aria-valuetext": text });
    } };
  }

  /** A text with a halo, kept inside the figure, at an offset from a point in the given direction. */
  function label(text, [x, y], [dx, dy], size, attributes = {}) {
    const width = 7.4 * text.length;
    const room = dx > 0 ? size[0] - x : x;
    if (dx !== 0 && room < width + 24) {               // beside the point it would be pushed over it
      return label(text, [x, y], [0, dy || -1], size, attributes);
    }
    const length = Math.hypot(dx, dy) || 1;
    const anchor = dx / length > 0.3 ? 0 : dx / length < -0.3 ? -width : -width / 2;
    const left = Math.min(Math.max(x + 21 * dx / length + anchor, 4), size[0] - width - 2);
    const top = Math.min(Math.max(y + 21 * dy / length + 4, 14), size[1] - 5);
    return shape("text", { x: left.toFixed(1), y: top.toFixed(1), class: "lesson-halo", ...attributes }, text);
  }

  return {
    identifier, widthOf, forgetWidths, assign, element, shape, pathData, button, player, segments, checkbox, slider,
    handle, label,
  };
})();
