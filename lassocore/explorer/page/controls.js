// Lives here: groups of buttons and tabs. Independent of: what they choose.

// Buttons of which one is chosen: { element, show(value) }.
function makeSegments(label, choices, choose) {
  const buttons = choices.map(([value, text, title]) =>
    make("button", {
      type: "button",
      role: "radio",
      text,
      title,
      onclick: () => choose(value),
    }),
  );
  const element = make("div", { class: "segments", role: "radiogroup", "aria-label": label }, ...buttons);
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    buttons[next].focus();
    choose(choices[next][0]);
  });
  return {
    element,
    show(value) {
      for (const [k, button] of buttons.entries()) {
        const chosen = choices[k][0] === value;
        button.setAttribute("aria-checked", String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
    },
  };
}

// The layout of a tab: a picture, beside it a text and a table.
function makeColumns(host, texts, tools = null) {
  const chartHost = make("div", { class: "panel fill" }),
    tableHost = make("div", { class: "panel" });
  host.append(
    make("div", { class: "main" }, tools && make("div", { class: "toolbar" }, tools), chartHost),
    make("div", { class: "side" }, make("div", { class: "panel prose" }, ...texts), tableHost),
  );
  return { chartHost, tableHost };
}

// A list of tabs and their panels: { list, panels, show(key) }.
function makeTabs(tabs, choose) {
  const buttons = tabs.map(({ key, title }) =>
    make("button", {
      type: "button",
      role: "tab",
      id: `tab-${key}`,
      "aria-controls": `panel-${key}`,
      text: title,
      onclick: () => choose(key),
    }),
  );
  const panels = tabs.map(({ key }) =>
    make("div", {
      role: "tabpanel",
      id: `panel-${key}`,
      "aria-labelledby": `tab-${key}`,
      class: `view view-${key}`,
      hidden: true,
    }),
  );
  const list = make("div", { class: "tabs", role: "tablist", "aria-label": "Views" }, ...buttons);
  list.addEventListener("keydown", (event) => {
    const here = buttons.indexOf(document.activeElement),
      last = buttons.length - 1;
    const next = {
      ArrowRight: (here + 1) % buttons.length,
      ArrowLeft: (here + last) % buttons.length,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined || here < 0) return;
    event.preventDefault();
    buttons[next].focus();
    choose(tabs[next].key);
  });
  return {
    list,
    panels: new Map(tabs.map(({ key }, k) => [key, panels[k]])),
    show(shown) {
      for (const [k, { key }] of tabs.entries()) {
        buttons[k].setAttribute("aria-selected", String(key === shown));
        buttons[k].tabIndex = key === shown ? 0 : -1;
        panels[k].hidden = key !== shown;
      }
    },
  };
}

// The button that changes between light and dark: `theme` is "light", "dark" or null for that of the system.
function makeThemeButton(getTheme, setTheme) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (getTheme() ?? (system.matches ? "dark" : "light")) === "dark";
  const button = make(
    "button",
    { type: "button", class: "button quiet", onclick: () => setTheme(isDark() ? "light" : "dark") },
    icon(ICONS.theme),
  );
  return {
    element: button,
    system,
    show() {
      const theme = getTheme();
      if (theme === null) delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
      const text = isDark() ? "Change to light colours" : "Change to dark colours";
      button.setAttribute("aria-label", text);
      button.title = text;
    },
  };
}
