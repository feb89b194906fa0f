# Lives here: tests of layout, colours, accessibility, work per step, further tabs. Independent of: the table's numbers.
"""The page at phone width and in both colour schemes, for a keyboard and a screen reader, and its other tabs."""
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lassocore.explorer.assemble import script_names, source
from lassocore.explorer.page import write_lesson

TABS = ["Path", "Optimality", "Certificates", "Knots", "Learn"]
PHONE = {"width": 360, "height": 740}
DRAG = """async (shares) => {
    const { app, counters } = lassoExplorer, chart = app.views.get("path").chart, before = { ...counters };
    const box = chart.slider.getBoundingClientRect();
    const fire = (type, share) => chart.slider.dispatchEvent(new PointerEvent(type, { pointerId: 1, button: 0,
        pointerType: "mouse", clientX: box.x + share * box.width, clientY: box.y + 8, bubbles: true }));
    chart.slider.setPointerCapture = () => {};
    fire("pointerdown", shares[0]);
    for (const share of shares) {
        fire("pointermove", share);
        fire("pointermove", share + 1e-4);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
    fire("pointerup", shares.at(-1));
    return Object.fromEntries(Object.keys(counters).map((name) => [name, counters[name] - before[name]]));
}"""


def settle(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def show(page, tab):
    page.get_by_role("tab", name=tab, exact=True).click()
    settle(page)


def test_a_step_of_a_drag_draws_once_and_touches_no_line(open_page, wide, wide_page):
    page = open_page(wide_page)
    settle(page)
    assert page.evaluate("lassoExplorer.counters.mass") == 1
    n_steps = 20
    work = page.evaluate(DRAG, np.linspace(0.1, 0.9, n_steps).tolist())
    assert work["static"] == work["mass"] == 0
    assert n_steps <= work["overlay"] <= 2 * n_steps + 4        # both canvases of the page, and hovering
    assert work["table"] <= n_steps + 3
    assert page.locator("#panel-path tbody tr").count() < 60
    k = 60
    page.evaluate(f"lassoExplorer.app.moveTo({k})")
    settle(page)
    assert page.evaluate("lassoExplorer.app.data.nActive") == wide.n_nonzero[k]
    rows = page.evaluate("""() => [...document.querySelectorAll("#panel-path tbody tr:not(.space):not([hidden]) .text")]
        .slice(0, 12).map((cell) => Number(cell.textContent.slice(1)))""")
    sizes = np.abs(wide.coef_of(k))
    assert rows == np.argsort(-sizes, kind="stable")[:12].tolist()


def test_every_row_can_be_reached(open_page, wide, wide_page):
    page = open_page(wide_page, "#alpha=0")
    settle(page)
    order = np.argsort(-np.abs(wide.coef_of(99)), kind="stable")[:wide.n_nonzero[99]]
    host = page.locator("#panel-path .rows")
    for share in (0.5, 1.0):
        host.evaluate("(host, share) => { host.scrollTop = share * host.scrollHeight; }", share)
        settle(page)
        found = page.evaluate("""() => Array.from(document.querySelectorAll("#panel-path tr[aria-rowindex]:has(td)"),
            (row) => [row.ariaRowIndex, row.querySelector(".text").textContent.slice(1)].map(Number))""")
        assert all(order[index - 2] == feature for index, feature in found)
    assert found[-1][0] - 1 == len(order)


def test_changing_the_axis_draws_once(open_page, wide_page):
    page = open_page(wide_page)
    settle(page)
    page.get_by_role("radio", name="L1 norm").click()
    settle(page)
    assert page.evaluate("[lassoExplorer.counters.static, lassoExplorer.counters.mass]") == [2, 2]
    page.get_by_role("radio", name="alpha", exact=True).click()
    settle(page)
    assert page.evaluate("[lassoExplorer.counters.static, lassoExplorer.counters.mass]") == [3, 2]     # it was kept


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phones_need_no_horizontal_scrolling(open_page, diabetes_page, scheme):
    page = open_page(diabetes_page, viewport=PHONE, color_scheme=scheme, has_touch=True)
    for tab in TABS:
        show(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], tab
        small = page.evaluate("""() => [...document.querySelectorAll("[role=tabpanel]:not([hidden]) canvas")].filter(
            (canvas) => canvas.clientWidth > 0 && (canvas.clientWidth < 300 || canvas.clientHeight < 150)).length""")
        assert small == 0, tab
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == {
        "light": "rgb(246, 247, 249)", "dark": "rgb(16, 21, 27)"}[scheme]


def test_the_canvas_is_drawn_in_the_chosen_colours(open_page, diabetes_page):
    page = open_page(diabetes_page, color_scheme="dark")
    brightness = """() => { const { staticCanvas } = lassoExplorer.app.views.get("path").chart;
        const copy = document.createElement("canvas"), context = copy.getContext("2d", { willReadFrequently: true });
        [copy.width, copy.height] = [staticCanvas.width, staticCanvas.height];
        context.drawImage(staticCanvas, 0, 0);
        const { data } = context.getImageData(0, 0, copy.width, copy.height);
        let sum = 0, n = 0;
        for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] === 255) { sum += data[i] + data[i + 1] + data[i + 2]; n += 1; }
        }
        return sum / n / 3; }"""
    before = page.evaluate(brightness)
    page.get_by_role("button", name="Change to light colours").click()
    settle(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 247, 249)"
    light = page.evaluate(brightness)
    page.get_by_role("button", name="Change to dark colours").click()
    settle(page)
    assert page.evaluate(brightness) == before != light


def luminance(color):
    parts = [int(color[k:k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    light, dark = sorted([luminance(a), luminance(b)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrasts_are_at_least_those_of_wcag_aa():
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", source("style.css"))
    schemes = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block)) for block in blocks]
    assert len(schemes) == 3 and schemes[1] == schemes[2] != schemes[0]
    for colors in schemes:
        texts = ["fg", "muted", "accent", "accent-2", "accent-3", "positive", "negative"]
        for text in [*texts, *(f"series-{k}" for k in range(1, 9))]:
            for ground in ("bg", "panel"):
                assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
        assert contrast(colors["fg"], colors["raised"]) >= 4.5 <= contrast(colors["on-accent"], colors["accent"])
        assert contrast(colors["mass"], colors["panel"]) >= 3.0


def test_every_control_has_a_name_and_can_be_focused(open_page, diabetes_page):
    page = open_page(diabetes_page, "#pins=2")
    for tab in TABS:
        show(page, tab)
        nameless = page.evaluate("""() => [...document.querySelectorAll("button, input, select, [role=slider], canvas")]
            .filter((node) => node.offsetParent !== null && node.getAttribute("aria-hidden") !== "true")
            .filter((node) => [node.getAttribute("aria-label"), node.textContent, ...[...(node.labels ?? [])].map(
                (label) => label.textContent)].every((name) => !name)).map((node) => node.outerHTML)""")
        assert nameless == [], tab
    show(page, "Path")
    page.get_by_role("tab", name="Path").focus()
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("""(() => { const node = document.activeElement, style = getComputedStyle(node);
            return `${node.getAttribute("role") ?? node.tagName} ${style.outlineStyle}`; })()"""))
    assert {"slider solid", "radio solid", "BUTTON solid", "INPUT solid"} <= {
        entry.replace("auto", "solid") for entry in reached}


def test_the_tab_key_reaches_every_row(open_page, wide_page):
    page = open_page(wide_page, "#alpha=3")
    settle(page)
    place = "Number(document.activeElement.closest('tr')?.ariaRowIndex)"
    page.locator("#panel-path tbody .pin").first.focus()
    for key, indices in (("Tab", range(3, 33)), ("Shift+Tab", range(31, 1, -1))):
        for index in indices:
            page.keyboard.press(key)
            settle(page)
            assert page.evaluate(place) == index
    page.locator("#panel-path .rows").evaluate("(host) => { host.scrollTop = host.scrollHeight; }")
    settle(page)
    assert page.evaluate("document.activeElement.className") == "rows table"        # the row with the focus is gone


def test_tabs_and_choices_follow_the_arrow_keys(open_page, diabetes_page):
    page = open_page(diabetes_page)
    page.get_by_role("tab", name="Path").press("ArrowRight")
    settle(page)
    assert page.get_by_role("tab", name="Optimality").get_attribute("aria-selected") == "true"
    assert page.get_by_role("tabpanel").count() == 1
    page.get_by_role("tab", name="Optimality").press("Home")
    settle(page)
    page.get_by_role("radio", name="alpha", exact=True).press("ArrowRight")
    settle(page)
    chosen = page.get_by_role("radio", name="L1 norm")
    assert chosen.get_attribute("aria-checked") == "true"
    assert chosen.evaluate("(node) => node === document.activeElement")


def test_the_table_tells_how_many_rows_there_are(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page, "#alpha=0")
    settle(page)
    table = page.locator("#panel-path table")
    assert table.get_attribute("aria-rowcount") == str(diabetes.path.n_nonzero[-1] + 1)
    assert page.locator("#panel-path tbody th[scope=row]").count() >= diabetes.path.n_nonzero[-1]


def test_optimality_tells_who_is_at_the_bound(open_page, diabetes, diabetes_page):
    k = 40
    page = open_page(diabetes_page, f"#tab=optimality&alpha={float(diabetes.path.alphas[k])!r}")
    settle(page)
    X, y = diabetes.X.to_numpy(), diabetes.y.to_numpy()
    model = diabetes.path[k]
    shares = np.abs((X - X.mean(axis=0)).T @ (y - model.predict(diabetes.X))) / len(y) / model.alpha
    rows = page.evaluate("""() => Array.from(document.querySelectorAll("#panel-optimality tr:not(.space, [hidden])"),
        (row) => [...row.children].map((cell) => cell.textContent))""")
    assert len(rows) == 11
    for name, share, selected in rows[1:]:
        j = list(diabetes.X.columns).index(name)
        assert_allclose(float(share[:-1]), 100 * shares[j], atol=0.06)
        assert selected == ("yes" if model.coef[j] != 0.0 else "no")
    assert f"{model.n_nonzero} shown features at the bound" in page.locator(".status").inner_text()
    page.get_by_role("radio", name="share of the bound").click()
    settle(page)
    assert page.evaluate("lassoExplorer.app.state.get('ratio')") is True


def test_certificates_and_knots_are_those_of_the_path(open_page, diabetes, diabetes_page):
    page, path = open_page(diabetes_page, "#tab=certificates"), diabetes.path
    settle(page)
    ratios = page.evaluate("Array.from(lassoExplorer.app.data.alphas, (_, k) => lassoExplorer.app.data.gapRatio(k))")
    assert_allclose(ratios, path.dual_gaps / path.gap_tol)
    assert "All 100 alphas are certified" in page.locator("#panel-certificates").inner_text()
    page.locator("#panel-certificates tbody tr:not(.space)").nth(3).click()
    settle(page)
    assert page.evaluate("lassoExplorer.app.alpha") == path.alphas[3]
    show(page, "Knots")
    events = page.evaluate("lassoExplorer.app.views.get('knots').events.map(({ k, j, enters }) => [k, j, enters])")
    active = path.coefs != 0.0
    before = np.column_stack([np.zeros(10, bool), active[:, :-1]])
    expected = sorted([int(k), int(j), bool(active[j, k])] for j, k in np.argwhere(active != before))
    assert sorted(events) == expected and any(not enters for _, _, enters in events)


def test_the_lesson_is_a_tab_and_keeps_its_state(open_page, diabetes_page):
    page = open_page(diabetes_page, "#tab=learn")
    page.get_by_role("button", name="Ridge").or_(page.get_by_role("radio", name="Ridge")).first.click()
    for _ in range(100):                # the address is written after a pause
        if "lesson=" in page.evaluate("location.hash"):
            break
        page.wait_for_timeout(30)
    fragment = page.evaluate("location.hash")
    assert "lesson=" in fragment
    again = open_page(diabetes_page, fragment)
    settle(again)
    texts = [shown.locator("#panel-learn").inner_text().split("\n")[:3] for shown in (page, again)]
    assert texts[0] == texts[1] and "b\u2081 = 1.059" in texts[0][0]
    show(again, "Path")
    assert again.locator("#panel-path canvas").first.is_visible()


def test_the_lesson_alone_is_a_page(open_page, tmp_path):
    write_lesson(tmp_path / "lesson.html")
    page = open_page((tmp_path / "lesson.html").read_text(encoding="utf-8"), viewport=PHONE)
    assert page.locator("main svg, main canvas").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Change to dark colours").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 21, 27)"


def test_labels_do_not_overlap(open_page, diabetes_page):
    page = open_page(diabetes_page)
    page.evaluate("""() => { const draw = CanvasRenderingContext2D.prototype.fillText; window.texts = [];
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
            texts.push([text, x, y]); draw.call(this, text, x, y, ...rest); };
        const { chart } = lassoExplorer.app.views.get("path"); chart.invalidate(); chart.draw(); }""")
    texts = page.evaluate("window.texts")
    names = set(page.evaluate("lassoExplorer.app.data.header.names"))
    labels = sorted(y for text, _, y in texts if text in names)
    assert len(labels) == 8 and min(np.diff(labels)) >= 12.0
    plot = page.evaluate("lassoExplorer.app.views.get('path').chart.plot")
    assert plot["top"] <= labels[0] and labels[-1] <= plot["bottom"]
    assert len({x for text, x, _ in texts if text in names}) == 1


@pytest.mark.parametrize("name", [name for name in (*script_names(), "style.css", "tables.css", "explorer.css")
                                  if not name.startswith("lesson")])
def test_sources_of_the_page_follow_the_conventions(name):
    lines = source(name).splitlines()
    assert re.match(r"(//|/\*) Lives here: .+ Independent of: .+\.( \*/)?$", lines[0])
    assert len(lines) <= 400 and max(map(len, lines)) <= 120
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source(name))
    head = r"^( *)(?:async )?(?:function |get |static )?\w+\([^)]*\) \{\n"
    blocks = re.findall(head + r"(.*?)^\1\}", source(name), re.M | re.S)
    assert all(body.count("\n") <= 60 for _, body in blocks)
