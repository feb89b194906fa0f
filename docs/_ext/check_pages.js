/* Lives here: what check_pages.py asks of a page. Independent of: how pages are opened. */

function named(element) {
  return `${element.tagName.toLowerCase()} "${element.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}"`;
}

function isShown(element) {
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

/* Pictures, headings, links, and what search engines read. */
async function faultsOfPage() {
  const faults = [];
  for (const picture of document.images) {
    picture.loading = "eager";
    await picture.decode().catch(() => faults.push(`picture does not load: ${picture.src}`));
    const isNamed = picture.alt.trim() || picture.closest("a, .sphx-glr-thumbcontainer")?.textContent.trim();
    if (!picture.hasAttribute("alt") || !isNamed) faults.push(`picture without a description: ${picture.src}`);
  }
  for (const formula of document.querySelectorAll("mjx-merror"))
    faults.push(`formula: ${formula.dataset.mjxError ?? formula.textContent}`);
  let level = 0;
  for (const heading of document.querySelectorAll("main h1, main h2, main h3, main h4, main h5, main h6")) {
    if (!isShown(heading)) continue;
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push(`a level of headings is left out before ${named(heading)}`);
    level = own;
  }
  const first = document.querySelectorAll("main h1").length;
  if (first !== 1) faults.push(`${first} headings of the first level`);
  for (const link of document.querySelectorAll("a[href], button")) {
    const name = link.innerText.trim() || link.ariaLabel || link.title || link.querySelector("img")?.alt;
    if (isShown(link) && !name) faults.push(`without a name: ${link.outerHTML.slice(0, 100)}`);
  }
  if (!document.querySelector("link[rel~=icon]")) faults.push("no icon");
  if (!document.documentElement.lang) faults.push("no language");
  return faults;
}

function parsed(colour) {
  const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
  return [red, green, blue, alpha];
}

function over(upper, lower) {
  return [0, 1, 2].map((k) => upper[3] * upper[k] + (1 - upper[3]) * lower[k]).concat(1);
}

function background(element, known) {
  if (!element) return [255, 255, 255, 1];
  if (!known.has(element)) {
    const own = parsed(getComputedStyle(element).backgroundColor);
    known.set(element, own[3] === 1 ? own : over(own, background(element.parentElement, known)));
  }
  return known.get(element);
}

/* Relative luminance as WCAG 2.1 defines it. */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first, second) {
  const [darker, lighter] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/* Words that are too faint; each pair of colours is named once. */
function faultsOfTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = "* { transition: none !important; }";
  const seen = new Map(), known = new Map();
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !isShown(element) || element.closest("script, style, svg, mjx-container"))
      continue;
    const computed = getComputedStyle(element), ground = background(element, known);
    const size = parseFloat(computed.fontSize), isLarge = size >= 24 || size >= 18.66 && computed.fontWeight >= 700;
    const ratio = contrast(over(parsed(computed.color), ground), ground);
    const key = `${computed.color} on ${ground.slice(0, 3).map(Math.round)}`;
    if (ratio < (isLarge ? 3 : 4.5) && !seen.has(key))
      seen.set(key, `contrast ${ratio.toFixed(2)} in the ${theme} theme, ${key}: ${named(element)}`);
  }
  style.remove();
  return [...seen.values()];
}

/* Whatever is wider than the page must scroll within a box of its own, and the contents of the page must not be cut. */
function faultsOfWidth() {
  const page = document.documentElement, isBeyond = (element) => element.getBoundingClientRect().right > innerWidth + 1;
  const cut = [...document.querySelectorAll(".bd-sidebar-secondary :is(a, code)")].filter((element) =>
    isBeyond(element) && isShown(element) && element.getBoundingClientRect().left < innerWidth);
  const faults = cut.slice(0, 1).map((element) => `cut off at ${innerWidth} pixels: ${named(element)}`);
  if (page.scrollWidth <= innerWidth) return faults;
  const wide = [...document.querySelectorAll("main *")].filter(isBeyond).slice(0, 3).map(named);
  return [...faults, `${page.scrollWidth} pixels wide in a window of ${innerWidth}: ${wide}`];
}
