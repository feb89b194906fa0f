// Lives here: the state of the page and its form in the address. Independent of: how anything is drawn.

const AXES = ["alpha", "l1", "nonzeros", "r2"];
const SORTS = ["size", "name", "coef", "enters", "share"];
const TABS = ["path", "optimality", "certificates", "knots", "learn"];

// What the page shows. Views listen for changes of single entries, once per frame.
class State {
  constructor(values) {
    this.values = values;
    this.listeners = [];
    this.changed = new Set();
    this.flush = oncePerFrame(() => this.notify());
  }

  get(name) {
    return this.values[name];
  }

  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (isSame(this.values[name], value)) continue;
      this.values[name] = value;
      this.changed.add(name);
    }
    if (this.changed.size > 0) this.flush();
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  notify() {
    const changed = this.changed;
    if (changed.size === 0) return;
    this.changed = new Set();
    for (const listener of this.listeners) listener(changed);
  }
}

function isSame(a, b) {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
}

// The state as a fragment; entries that are as at the start are left out.
function toFragment(state, start) {
  const parts = new URLSearchParams();
  for (const name of ["alpha", "axis", "scale", "tab", "sort", "search", "theme", "target", "ratio"]) {
    if (state.get(name) !== start[name] && state.get(name) !== null) parts.set(name, String(state.get(name)));
  }
  if (state.get("falling") !== start.falling) parts.set("falling", state.get("falling") ? "1" : "0");
  if (state.get("pins").length > 0) parts.set("pins", state.get("pins").join(","));
  if (state.get("lesson")) parts.set("lesson", JSON.stringify(state.get("lesson")));
  return parts.toString();
}

// Entries of a fragment, each checked; what is invalid is left out.
function fromFragment(text, data) {
  const parts = new URLSearchParams(text),
    found = {};
  const choose = (name, allowed) => {
    if (allowed.includes(parts.get(name))) found[name] = parts.get(name);
  };
  choose("axis", AXES);
  choose("scale", data.scales === null ? ["raw"] : ["raw", "standard"]);
  choose("tab", TABS);
  choose("sort", SORTS);
  choose("theme", ["light", "dark"]);
  const alpha = Number(parts.get("alpha"));
  if (parts.has("alpha") && Number.isFinite(alpha)) found.alpha = data.nearestAlpha(alpha);
  const target = Number(parts.get("target"));
  if (parts.has("target") && Number.isInteger(target) && target >= -1 && target < data.nTasks) found.target = target;
  if (parts.has("falling")) found.falling = parts.get("falling") === "1";
  if (parts.has("ratio")) found.ratio = parts.get("ratio") === "true";
  if (parts.has("search")) found.search = parts.get("search").slice(0, 200);
  if (parts.has("pins")) {
    const known = parts
      .get("pins")
      .split(",")
      .map(Number)
      .filter((j) => data.placeOf.has(j));
    found.pins = [...new Set(known)].slice(0, 50);
  }
  found.lesson = lessonState(parts.get("lesson"));
  return found;
}

// The part of the fragment that belongs to the tab that teaches, which checks it itself.
function lessonState(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
