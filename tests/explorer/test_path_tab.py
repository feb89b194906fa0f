# Lives here: tests of the page of a path in Chromium: moving alpha, the table, what is saved. Independent of: drawing.
"""Numbers on the page equal Python's, whichever way alpha is moved; state, search, pins, exports, names."""
import csv
import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import lassocore
from lassocore.models.path_json import path_from_dict, path_to_dict

STATE = "() => { const { app } = lassoExplorer; return { alpha: app.alpha, ...app.state.values }; }"
SLIDER = "#panel-path .slider >> nth=0"
HOSTILE = ["</script><img src=x onerror=alert(1)>", "<b>bold</b>", "a\"b'c&d", "\u03b1\u03b2\U0001f600",
           "\u202egnp.exe"]


def alpha_of(page):
    """The alpha that the page shows, once it has been drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate("lassoExplorer.app.alpha")


def number(text):
    """A number as the page writes it."""
    return float(text.replace("\u2212", "-").replace(",", "").replace("+", "").replace("%", "").replace("\u2265", ""))


def table_of(page):
    """(name, cells) of the rows that exist."""
    alpha_of(page)
    return page.evaluate("""() => [...document.querySelectorAll("#panel-path tbody tr:not(.space, [hidden])")].map(
        (row) => [row.querySelector(".text"), ...row.querySelectorAll("td")].map((cell) => cell.textContent))""")


def csv_of(page):
    """The rows of the saved table."""
    with page.expect_download() as event:
        page.get_by_role("button", name="CSV").click()
    text = event.value.path().read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""))), event.value.suggested_filename


def address_with(page, part):
    """The fragment of the address, which is written after a pause, once it has a part."""
    for _ in range(100):
        fragment = page.evaluate("location.hash")
        if part in fragment:
            return fragment
        page.wait_for_timeout(30)
    pytest.fail(f"{part} is not in {fragment} within 3 s")


def type_alpha(page, alpha):
    page.fill("#alpha", str(alpha))
    page.press("#alpha", "Enter")
    return alpha_of(page)


def drag(page, start, end, steps=12):
    """Drag across the first chart, by shares of its width; yields the alphas on the way."""
    box = page.locator(SLIDER).bounding_box()
    y = box["y"] + box["height"] - 6
    at = [box["x"] + box["width"] * share for share in (start, end)]
    page.mouse.move(at[0], y)
    page.mouse.down()
    alphas = []
    for k in range(steps + 1):
        page.mouse.move(at[0] + (at[1] - at[0]) * k / steps, y)
        alphas.append(alpha_of(page))
    page.mouse.up()
    return alphas


@pytest.mark.parametrize("alpha", [2.0, 1.03, 0.03])
def test_numbers_equal_pythons(open_page, diabetes, diabetes_page, alpha):
    page, path, cv = open_page(diabetes_page), diabetes.path, diabetes.cv
    assert type_alpha(page, alpha) == alpha
    rows, _ = csv_of(page)
    coef = pd.Series(path.coef_at(alpha), diabetes.X.columns)
    assert {row["feature"] for row in rows} == set(coef.index[coef != 0.0])
    nearest = np.abs(np.log(cv.alphas_ / alpha)).argmin()
    shares = pd.Series((cv.coef_path_[:, nearest] != 0.0).mean(axis=0), diabetes.X.columns)
    for row in rows:
        name = row["feature"]
        assert_allclose(float(row["coefficient"]), coef[name], rtol=1e-12)
        assert_allclose(float(row["standardized_size"]), abs(coef[name]) * diabetes.X[name].std(ddof=0), rtol=1e-12)
        entered = path.alphas[(path.coefs[list(coef.index).index(name)] != 0.0).argmax()]
        assert float(row["enters_at_alpha"]) == entered
        assert float(row["share_of_folds"]) == shares[name]
    shown = page.locator(".readouts").inner_text().split("\n")
    assert number(shown[shown.index("Nonzero") + 1]) == np.count_nonzero(coef)
    r2 = path.score(diabetes.X, diabetes.y, alpha=alpha)
    assert_allclose(number(shown[shown.index("R\u00b2") + 1]), r2, atol=6e-5)
    assert_allclose(number(shown[shown.index("Validation error") + 1]), cv.mse_mean_[nearest], rtol=1e-3)
    assert_allclose(number(shown[shown.index("Intercept") + 1]), path.intercept_at(alpha), rtol=1e-3)


def test_the_table_shows_the_numbers_of_the_file(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page, "#alpha=0.5")
    coef = pd.Series(diabetes.path.coef_at(0.5), diabetes.X.columns)
    rows = table_of(page)
    sizes = (coef.abs() * diabetes.X.std(ddof=0)).sort_values(ascending=False)
    assert [row[0] for row in rows] == list(sizes.index[sizes > 0.0])
    for name, coefficient, size, *_ in rows:
        assert coefficient[0] == ("+" if coef[name] > 0 else "\u2212")
        assert_allclose([number(coefficient), number(size)], [coef[name], sizes[name]], rtol=6e-3)


def test_keys_move_alpha(open_page, diabetes, diabetes_page):
    alphas = diabetes.path.alphas
    page = open_page(diabetes_page)
    slider = page.locator(SLIDER)
    slider.focus()
    for key, k in (("Home", 0), ("ArrowRight", 1), ("PageUp", 11), ("ArrowLeft", 10), ("PageDown", 0), ("End", 99),
                   ("ArrowUp", 99), ("ArrowDown", 98)):
        slider.press(key)
        assert alpha_of(page) == alphas[k], key
        assert float(slider.get_attribute("aria-valuenow")) == k + 1
    assert f"alpha {alphas[98]:.3f}"[:11] in slider.get_attribute("aria-valuetext")
    slider.press("Shift+ArrowLeft")
    assert_allclose(alpha_of(page), 0.9 * alphas[98] + 0.1 * alphas[97])
    assert [slider.get_attribute(f"aria-{name}") for name in ("valuemin", "valuemax", "label")] == ["1", "100", "alpha"]


def test_dragging_moves_alpha_and_redraws_only_what_moves(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page)
    before = page.evaluate("({ ...lassoExplorer.counters })")
    alphas = drag(page, 0.2, 0.8)
    assert (np.diff(alphas) < 0.0).all()
    after = page.evaluate("lassoExplorer.counters")
    assert after["static"] == before["static"] and after["overlay"] > before["overlay"]
    coef = pd.Series(diabetes.path.coef_at(alphas[-1]), diabetes.X.columns)
    assert {row[0] for row in table_of(page)} == set(coef.index[coef != 0.0])
    assert page.locator("[aria-live]").inner_text().startswith("alpha ")


def test_touch_moves_alpha(open_page, diabetes_page):
    page = open_page(diabetes_page, viewport={"width": 390, "height": 844}, has_touch=True)
    page.locator(SLIDER).scroll_into_view_if_needed()
    box, start = page.locator(SLIDER).bounding_box(), alpha_of(page)
    touch, y = page.context.new_cdp_session(page), box["y"] + box["height"] - 40
    x = [box["x"] + share * box["width"] for share in (0.3, 0.4, 0.6, 0.9)]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x[0], "y": y}]})
    found = []
    for place in x[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": place, "y": y}]})
        page.wait_for_timeout(60)       # touches are delivered with the next frame
        found.append(alpha_of(page))
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert found[0] > found[1] > found[2] and start != found[2]


@pytest.mark.parametrize("axis", ["alpha", "L1 norm", "Nonzeros", "R\u00b2"])
def test_every_axis_can_be_dragged(open_page, diabetes_page, axis):
    page = open_page(diabetes_page)
    page.get_by_role("radio", name=axis, exact=True).click()
    alphas = drag(page, 0.15, 0.75, 6)
    assert (np.diff(alphas) < 0.0).all()
    back = page.evaluate("""() => { const { app } = lassoExplorer; return [0, 7.25, 50.5, 99].map(
        (position) => app.axis.positionAt(app.axis.at(position))); }""")
    assert_allclose(back, [0, 7.25, 50.5, 99], atol=1e-6)


def test_a_click_on_the_validation_curve_sets_alpha(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page)
    box = page.locator("#panel-path .curve .slider").bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + 60)
    assert alpha_of(page) > diabetes.cv.alpha_1se_
    page.get_by_role("button", name="1-SE rule").click()
    assert alpha_of(page) == diabetes.cv.alpha_1se_
    page.get_by_role("button", name="Least error").click()
    assert alpha_of(page) == diabetes.cv.alpha_min_


def test_information_criteria_set_alpha(open_page, diabetes):
    page, path = open_page(diabetes.path), diabetes.path
    for name in ("bic", "ebic"):
        page.get_by_role("button", name=name.upper(), exact=True).click()
        assert alpha_of(page) == path.alphas[path.information_criterion(name).argmin()]
    relaxed = open_page(lassocore.fit_path(diabetes.X, diabetes.y, relax=0.5))
    assert relaxed.get_by_role("button", name="BIC").count() == 0


def test_an_alpha_beyond_the_path_is_its_end(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page)
    assert type_alpha(page, 1e-9) == diabetes.path.alphas[-1]
    assert page.locator(".toast").inner_text().startswith("The path ends at alpha 0.00214")
    assert type_alpha(page, "nonsense") == diabetes.path.alphas[-1]


def test_the_state_is_in_the_address_and_comes_back(open_page, diabetes_page):
    page = open_page(diabetes_page)
    type_alpha(page, 0.12345)
    for name in ("R\u00b2", "Raw"):
        page.get_by_role("radio", name=name, exact=True).click()
    page.get_by_role("button", name="Pin bmi").click()
    page.get_by_role("button", name="Coefficient").click()
    page.get_by_role("button", name="Coefficient").click()
    page.get_by_label("Search features").fill("b")
    page.get_by_role("button", name="Change to dark colours").click()
    page.get_by_role("tab", name="Knots").click()
    fragment, state = address_with(page, "tab=knots"), page.evaluate(STATE)
    again = open_page(diabetes_page, fragment)
    assert again.evaluate(STATE) == state
    assert state["alpha"] == 0.12345 and state["pins"] == [2] and state["falling"] is False and state["theme"] == "dark"
    assert again.get_by_role("tab", name="Knots").get_attribute("aria-selected") == "true"
    again.get_by_role("tab", name="Path").click()
    assert [row[0] for row in table_of(again)] == ["bp", "bmi"]
    again.evaluate("location.hash = '#alpha=1.5'")
    assert alpha_of(again) == 1.5
    assert again.evaluate(STATE)["pins"] == []


@pytest.mark.parametrize("fragment", [
    "#alpha=abc&axis=x&pins=1,a,-3,99999&tab=&sort=%00&target=7&lesson={", "#alpha=-1", "#alpha=1e999&scale=",
    "#%E0%A4%A", "#alpha=Infinity&search=" + "x" * 3000])
def test_broken_addresses_are_ignored(open_page, diabetes, diabetes_page, fragment):
    state = open_page(diabetes_page, fragment).evaluate(STATE)
    assert diabetes.path.alphas[-1] <= state["alpha"] <= diabetes.path.alphas[0]
    assert state["axis"] == "alpha" and state["tab"] == "path" and len(state["search"]) <= 200
    assert state["pins"] in ([], [1])


def test_search_and_sorting(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page, f"#alpha={float(diabetes.path.alphas[-1])!r}")
    coef = pd.Series(diabetes.path.coefs[:, -1], diabetes.X.columns)
    page.get_by_label("Search features").fill("S")
    assert {row[0] for row in table_of(page)} == {name for name in coef.index[coef != 0] if "s" in name}
    page.get_by_label("Search features").fill("nothing")
    assert table_of(page) == []
    page.get_by_label("Search features").fill("")
    page.get_by_role("button", name="Feature", exact=True).click()
    names = [row[0] for row in table_of(page)]
    assert names == sorted(names)
    page.get_by_role("button", name="Coefficient").click()
    values = [coef[row[0]] for row in table_of(page)]
    assert values == sorted(values, reverse=True)
    head = page.locator("#panel-path th", has_text="Coefficient")
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Coefficient").press("Enter")
    values = [coef[row[0]] for row in table_of(page)]
    assert values == sorted(values) and head.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Enters at").click()
    entered = [number(row[3]) for row in table_of(page)]
    assert entered == sorted(entered, reverse=True)


def test_pins(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page)
    pin = page.get_by_role("button", name="Pin bmi")
    pin.click()
    alpha_of(page)
    assert pin.get_attribute("aria-pressed") == "true"
    page.locator(SLIDER).press("Home")
    alpha_of(page)
    assert [(row[0], row[1]) for row in table_of(page)] == [("bmi", "0")]       # pinned features stay in the table
    page.get_by_role("button", name="Unpin all").click()
    assert table_of(page) == []
    page.locator(SLIDER).press("End")
    alpha_of(page)
    x, y = page.evaluate("""() => { const { app } = lassoExplorer, chart = app.views.get("path").chart;
        const j = app.data.header.names.indexOf("s5"), box = chart.host.getBoundingClientRect();
        return [box.x + chart.pixelAt(60), box.y + chart.scale.pixel(app.pathSource.valueAt(j, 60))]; }""")
    page.mouse.move(x, y)
    page.locator("#panel-path .tip >> nth=0").wait_for()
    assert page.locator("#panel-path .tip >> nth=0").inner_text().startswith("s5")
    page.mouse.click(x, y)
    alpha_of(page)
    assert page.evaluate(STATE)["pins"] == [list(diabetes.X.columns).index("s5")]
    page.mouse.click(x, y)
    alpha_of(page)
    assert page.evaluate(STATE)["pins"] == []


def test_python_that_is_copied_gives_the_model(open_page, diabetes, diabetes_page):
    page = open_page(diabetes_page, "#alpha=0.123")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as Python").click()
    page.get_by_text("Copied as Python").first.wait_for(state="attached")
    names = {"path": diabetes.path, "X": diabetes.X, "y": diabetes.y}
    exec(page.evaluate("navigator.clipboard.readText()"), names)
    assert_allclose(names["coef"], diabetes.path.coef_at(0.123))
    assert_allclose(names["model"].coef_, names["coef"], atol=1.0)
    assert names["model"].alpha == 0.123


@pytest.mark.parametrize("options", [
    {"positive": True, "sample_weight": np.linspace(0.1, 3.0, 442)},
    {"standardize": True, "l1_ratio": 0.7, "fit_intercept": False}], ids=str)
def test_python_that_is_copied_has_the_settings_of_the_fit(open_page, diabetes, options):
    X, y, kept = diabetes.X, diabetes.y, {name: options[name] for name in options if name == "sample_weight"}
    path = lassocore.fit_path(X, y, alphas=[0.5], tol=1e-10, **options)
    page = open_page(path, X=X, y=y)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as Python").click()
    page.get_by_text("Copied as Python").first.wait_for(state="attached")
    names = {"path": path, "X": X, "y": y, **kept}
    exec(page.evaluate("navigator.clipboard.readText()").replace(").fit", ", tol=1e-10).fit"), names)
    assert_allclose(names["model"].coef_, path.coefs[:, 0], rtol=1e-6, atol=1e-6)
    assert_allclose(names["model"].intercept_, path.intercepts[0], rtol=1e-6, atol=1e-6)


def test_names_written_from_right_to_left_leave_numbers_alone(open_page, diabetes):
    names = ["\u202ebmi" if name == "bmi" else name for name in diabetes.X]
    page = open_page(lassocore.fit_path(diabetes.X.set_axis(names, axis=1), diabetes.y))
    x, y = page.evaluate("""() => { const { app } = lassoExplorer, chart = app.views.get("path").chart;
        const j = app.data.header.names.findIndex((name) => name.endsWith("bmi"));
        const box = chart.host.getBoundingClientRect();
        return [box.x + chart.pixelAt(60), box.y + chart.scale.pixel(app.pathSource.valueAt(j, 60))]; }""")
    page.mouse.move(x, y)
    tip = page.locator("#panel-path .tip >> nth=0")
    tip.wait_for()
    assert tip.inner_text().startswith("\u2068\u202ebmi\u2069  +")


def test_the_picture_is_saved(open_page, diabetes_page):
    page = open_page(diabetes_page)
    with page.expect_download() as event:
        page.get_by_role("button", name="PNG").click()
    data = event.value.path().read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 10_000
    assert event.value.suggested_filename == "Path-of-target.png"


def test_hostile_names_are_shown_as_they_are(open_page):
    path = lassocore.fit_path(np.eye(5), np.arange(1.0, 6.0), alphas=[0.0])
    path = replace(path, feature_names=tuple(HOSTILE))
    page = open_page(path, title="</title><script>alert(2)</script>")
    assert {row[0] for row in table_of(page)} == set(HOSTILE)
    rows, name = csv_of(page)
    assert {row["feature"] for row in rows} == set(HOSTILE) and re.fullmatch(r"[\w.-]+", name)
    assert page.locator("img, b").count() == 0
    assert page.locator("h1").inner_text() == "</title><script>alert(2)</script>"


def test_without_x_the_page_says_what_it_does_not_know(open_page, diabetes):
    page = open_page(diabetes.path)
    assert page.get_by_role("tab", name="Optimality").count() == 0
    assert page.get_by_role("radio", name="Standardised").count() == 0
    alphas = diabetes.path.alphas
    type_alpha(page, (alphas[30] + alphas[31]) / 2)
    assert "\u2265" in page.locator(".readouts").inner_text()             # R2 is a lower bound between alphas
    type_alpha(page, float(alphas[31]))
    assert "\u2265" not in page.locator(".readouts").inner_text()


def test_several_tasks(open_page, tasks):
    path = tasks.path
    alpha = float(0.3 * path.alphas[10] + 0.7 * path.alphas[11])
    page = open_page(path, f"#alpha={alpha!r}", X=tasks.X, y=tasks.Y)
    coef = path.coef_at(alpha)
    for target, expected in ((-1, np.linalg.norm(coef, axis=0)), (1, coef[1])):
        page.get_by_label("Coefficients of").select_option(str(target))
        alpha_of(page)
        rows, _ = csv_of(page)
        found = {int(row["column"]): float(row["coefficient"]) for row in rows}
        assert_allclose([found[j] for j in sorted(found)], expected[np.flatnonzero(expected)], rtol=1e-10)


def test_groups_are_named(open_page, diabetes):
    groups = {"<b>body</b>": ["bmi", "bp"], "rest": [name for name in diabetes.X if name not in ("bmi", "bp")]}
    path = lassocore.fit_path(diabetes.X, diabetes.y, groups=groups)
    page = open_page(path, "#search=body", X=diabetes.X, y=diabetes.y)
    assert {row[0] for row in table_of(page)} == {"<b>body</b>: bmi", "<b>body</b>: bp"}
    assert "conditions are those of whole groups" in page.locator("footer").inner_text()


EDGE_CASES = {
    "one alpha": lambda X, y: lassocore.fit_path(X, y, alphas=[1.0]),
    "no coefficient": lambda X, y: lassocore.fit_path(X, y, alphas=[500.0, 100.0]),
    "one feature, alpha 0": lambda X, y: lassocore.fit_path(X[["bmi"]], y, alphas=[1.0, 0.3, 0.0]),
    "alpha 0 alone": lambda X, y: lassocore.fit_path(X, y, alphas=[0.0]),
    "relative gaps": lambda X, y: lassocore.fit_path(X, y * 1e160),
    "not converged": lambda X, y: unconverged(X, y),
    "constant y": lambda X, y: lassocore.fit_path(X, y * 0.0 + 1.0, alphas=[1.0, 0.5]),
    "a model file": lambda X, y: path_from_dict(path_to_dict(lassocore.fit_path(X, y))),
    "equal alphas": lambda X, y: lassocore.fit_path(X, y, alphas=[1.0, 1.0, 0.5]),
    "relaxed": lambda X, y: lassocore.fit_path(X, y, relax=0.0),
    "a part": lambda X, y: lassocore.fit_path(X, y)[90:],
}


def unconverged(X, y):
    with pytest.warns(UserWarning, match="did not reach|converge"):
        return lassocore.fit_path(X, y, max_iter=1, solver="cd", tol=1e-14)


@pytest.mark.parametrize("case", EDGE_CASES)
def test_edge_cases_are_shown(open_page, diabetes, case):
    path = EDGE_CASES[case](diabetes.X, diabetes.y)
    page = open_page(path)
    assert page.get_by_role("alert").count() == 0
    page.locator(SLIDER).press("End")
    alpha_of(page)
    assert len(table_of(page)) == path.n_nonzero[-1]
    for axis in ("L1 norm", "Nonzeros", "R\u00b2"):
        page.get_by_role("radio", name=axis, exact=True).click()
        alpha_of(page)
    for tab in ("Certificates", "Knots"):
        page.get_by_role("tab", name=tab).click()
        alpha_of(page)
    text = page.locator("body").inner_text()
    assert "NaN" not in text and "undefined" not in text


def test_old_browsers_are_told(open_page, diabetes):
    page = open_page(diabetes.path, before="delete window.DecompressionStream")
    assert "browser" in page.get_by_role("alert").inner_text()
    assert len(open_page.problems) == 1 and "DecompressionStream" in open_page.problems.pop()


def test_nothing_can_be_fetched(open_page, diabetes_page):
    page = open_page(diabetes_page)
    assert page.evaluate("fetch('https://example.org').then(() => 'fetched', () => 'refused')") == "refused"
    assert open_page.problems and all("Content Security Policy" in problem for problem in open_page.problems if
                                      problem != "https://example.org/")
    open_page.problems.clear()
