# Lives here: the lesson in a browser: its mathematics against Python's, its controls. Independent of: views of paths.
"""The lesson in headless Chromium: solutions equal `fit_path`'s, and what is dragged, pressed and read is right."""
import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet

import lassocore

PAGE = Path(lassocore.__file__).parent / "explorer" / "page"
SCRIPTS = sorted(PAGE.glob("lesson*.js"))
SHELL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lesson</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
script-src '{script_hash}'; style-src '{style_hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><main id="lesson"></main><script>{script}</script></body></html>"""


def hash_of(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def lesson_html(state):
    """A page with nothing but the lesson, under the strict policy of the explorer."""
    scripts = "\n".join(path.read_text() for path in SCRIPTS)
    script = scripts + "\nconst saved = []; const lesson = LassoLesson.mount(document.getElementById('lesson'), " \
        f"{{initialState: {json.dumps(state)}, onState: (state) => saved.push(state)}});"
    styles = [path.read_text() for path in (PAGE / "style.css", PAGE / "lesson.css") if path.exists()]
    style = "\n".join(styles)
    return SHELL.format(script=script, style=style, script_hash=hash_of(script), style_hash=hash_of(style))


@pytest.fixture
def open_lesson(pages, tmp_path):
    """A function that opens the lesson in a state; afterwards no page has complained or asked for anything."""
    taken, complaints, requests = [], [], []

    def open_it(state=None, width=1280, height=900, **options):
        path = tmp_path / f"lesson{len(taken)}.html"
        path.write_text(lesson_html(state or {}), encoding="utf-8")
        page = pages.take(complaints, requests, {"width": width, "height": height}, **options)
        taken.append(page)
        page.goto(path.as_uri())
        return page

    yield open_it
    for page in taken:
        pages.give_back(page)
    assert complaints == []
    assert len(requests) == len(taken) and all(url.startswith("file:") for url in requests)


@pytest.fixture(scope="module")
def run(browser):
    """Evaluates a JavaScript function of one argument beside the scripts of the lesson."""
    page = browser.new_page()
    page.add_script_tag(content="\n".join(path.read_text() for path in SCRIPTS))
    yield lambda code, argument=None: page.evaluate(code, argument)
    page.close()


def random_problems(seed, n_problems, highest=0.99):
    rng = np.random.default_rng(seed)
    return [{"c": rng.uniform(-3, 3, 2).tolist(), "r": float(rng.uniform(-highest, highest)),
             "scales": rng.uniform(0.3, 2.5, 2).tolist(), "ratio": float(rng.choice([0.0, 0.1, 0.5, 0.9, 1.0])),
             "share": float(rng.uniform(0.001, 1.05))} for _ in range(n_problems)]


def gram_of(problem):
    off = problem["r"] * np.prod(problem["scales"])
    return np.diag(np.square(problem["scales"])) + np.array([[0, off], [off, 0]])


def data_of(problem, rng, n_samples=9):
    """X and y with this Gram matrix over n and this least-squares solution; y has a part that X cannot explain."""
    r, (s1, s2) = problem["r"], problem["scales"]
    root = np.array([[s1, 0.0], [r * s2, np.sqrt(max(0.0, 1 - r * r)) * s2]])
    basis = np.linalg.qr(rng.standard_normal((n_samples, 3)))[0]
    X = np.sqrt(n_samples) * basis[:, :2] @ root.T
    return X, X @ problem["c"] + basis[:, 2]


def penalised(problem):
    """lambda: a share of the largest lambda that matters."""
    q = gram_of(problem) @ problem["c"]
    return problem["share"] * np.abs(q).max() / max(problem["ratio"], 0.2)


def fitted(problem, lam, rng):
    X, y = data_of(problem, rng)
    return lassocore.fit_path(X, y, alphas=[lam], l1_ratio=problem["ratio"], fit_intercept=False, tol=1e-15,
                              solver="gram").coefs[:, 0]


SOLVE = """(problems) => problems.map((p) => LassoLessonModel.solve(LassoLessonModel.makeProblem(p),
    {lambda: p.lambda, ratio: p.ratio}))"""


def test_solutions_equal_those_of_fit_path(run):
    rng, problems = np.random.default_rng(1), random_problems(2, 300)
    for problem in problems:
        problem["lambda"] = penalised(problem)
    ours = run(SOLVE, problems)
    zeros = 0
    for problem, found in zip(problems, ours, strict=True):
        np.testing.assert_allclose(found, fitted(problem, problem["lambda"], rng), atol=1e-9)
        zeros += found.count(0)
    assert 50 < zeros < 500


def test_solutions_equal_those_of_scikit_learn(run):
    rng, problems = np.random.default_rng(3), random_problems(4, 30, highest=0.9)
    for problem in problems:
        problem["ratio"] = max(problem["ratio"], 0.1)
        problem["lambda"] = penalised(problem)
    for problem, found in zip(problems, run(SOLVE, problems), strict=True):
        X, y = data_of(problem, rng)
        peer = ElasticNet(alpha=problem["lambda"], l1_ratio=problem["ratio"], fit_intercept=False, tol=1e-14,
                          max_iter=100_000).fit(X, y)
        np.testing.assert_allclose(found, peer.coef_, atol=1e-9)


def test_supports_change_at_the_knots_only(run):
    rng = np.random.default_rng(5)
    returns = {"c": [-0.6, 2.6], "r": 0.95, "scales": [1, 0.8], "ratio": 1.0}     # enters, leaves, returns
    problems = [returns, *(p for p in random_problems(6, 60) if p["ratio"] > 0)]
    knots = run("(problems) => problems.map((p) => LassoLessonModel.knots(LassoLessonModel.makeProblem(p), p.ratio))",
                problems)
    assert [knot["signs"] for knot in knots[0]] == [[1, 0], [1, 1], [0, 1], [-1, 1]]
    for problem, found in zip(problems, knots, strict=True):
        edges = [*(knot["lambda"] for knot in found), 0.0]
        assert np.isclose(edges[0], np.abs(gram_of(problem) @ problem["c"]).max() / problem["ratio"], rtol=1e-12)
        for high, low, knot in zip(edges, edges[1:], found, strict=False):
            for share in (0.01, 0.5, 0.99):
                signs = np.sign(fitted(problem, low + share * (high - low), rng))
                assert signs.tolist() == knot["signs"], (problem, high, low)


def test_paths_lead_from_0_to_least_squares_through_solutions(run):
    rng, problems = np.random.default_rng(7), random_problems(8, 20)
    paths = run("(problems) => problems.map((p) => LassoLessonModel.path(LassoLessonModel.makeProblem(p), p.ratio)"
                ".map(({lambda, b}) => [Number.isFinite(lambda) ? lambda : -1, ...b]))", problems)
    for problem, path in zip(problems, paths, strict=True):
        assert path[0][1:] == [0, 0]
        np.testing.assert_allclose(path[-1][1:], problem["c"], atol=1e-9)
        for lam, *b in path[1:-1:7]:
            np.testing.assert_allclose(b, fitted(problem, lam, rng), atol=1e-9)


def size_of(b, ratio):
    """t with P(t, 0) = P(b), by the roots of a polynomial."""
    value = ratio * np.abs(b).sum() + (1 - ratio) / 2 * np.square(b).sum()
    roots = np.roots([(1 - ratio) / 2, ratio, -value]) if ratio < 1 else [value]
    return max(np.real(roots))


def test_lambda_of_t_gives_the_constrained_solution(run):
    """The region is reached exactly, and no point in it has a smaller loss."""
    rng, problems = np.random.default_rng(9), random_problems(10, 80)
    for problem in problems:
        problem["t"] = float(rng.uniform(0.05, 2))
    found = run("""(problems) => problems.map((p) => {
        const problem = LassoLessonModel.makeProblem(p);
        const lambda = LassoLessonModel.lambdaOf(problem, p.ratio, p.t);
        return {lambda, b: LassoLessonModel.solve(problem, {lambda, ratio: p.ratio}),
            edge: LassoLessonGeometry.region(p.ratio, p.t, 360)};
    })""", problems)
    active = 0
    for problem, there in zip(problems, found, strict=True):
        edge, c = np.array(there["edge"]), np.array(problem["c"])
        np.testing.assert_allclose([size_of(b, problem["ratio"]) for b in edge[::30]], problem["t"], rtol=1e-9)
        if there["lambda"] == 0:
            assert size_of(c, problem["ratio"]) <= problem["t"] * (1 + 1e-12)
            continue
        active += 1
        assert np.isclose(size_of(there["b"], problem["ratio"]), problem["t"], rtol=1e-9)
        losses = np.einsum("ij,jk,ik->i", edge - c, gram_of(problem), edge - c)
        least = (there["b"] - c) @ gram_of(problem) @ (there["b"] - c)
        assert least <= losses.min() * (1 + 1e-12)
    assert active > 40


def test_contours_have_the_loss_they_say(run):
    problems = random_problems(11, 20)
    problems[0] |= {"r": 1.0}
    curves = run("(problems) => problems.map((p) => LassoLessonGeometry.contour(LassoLessonModel.makeProblem(p), 0.7))",
                 problems)
    assert [len(lines) for lines in curves] == [2] + [1] * 19
    for problem, lines in zip(problems, curves, strict=True):
        away = np.concatenate(lines) - problem["c"]
        np.testing.assert_allclose(np.einsum("ij,jk,ik->i", away, gram_of(problem), away) / 2, 0.7, rtol=1e-6)


def inside(polygon, point):
    """Whether a convex polygon holds a point: it is on the same side of each edge."""
    corners = np.array(polygon)
    ahead = np.roll(corners, -1, axis=0) - corners
    there = point - corners
    sides = ahead[:, 0] * there[:, 1] - ahead[:, 1] * there[:, 0]
    return (sides >= 0).all() or (sides <= 0).all()


@pytest.mark.parametrize("held", ["t", "lambda"])
def test_zones_are_where_coefficients_are_0(run, held):
    rng = np.random.default_rng(12)
    seen = {True: 0, False: 0}
    for problem in random_problems(13, 12, highest=0.9):
        ratio, centres = max(problem["ratio"], 0.5), rng.uniform(-3, 3, (60, 2)).tolist()
        answer = run("""({p, ratio, held, centres}) => {
            const problem = LassoLessonModel.makeProblem(p);
            const zones = LassoLessonGeometry.zonesOfZeros(problem, {lambda: 0.6, ratio}, 0.8, held);
            const solutions = centres.map((c) => {
                const moved = LassoLessonModel.makeProblem({...p, c});
                const lambda = held === "t" ? LassoLessonModel.lambdaOf(moved, ratio, 0.8) : 0.6;
                return LassoLessonModel.solve(moved, {lambda, ratio});
            });
            return {zones, solutions};
        }""", {"p": problem, "ratio": ratio, "held": held, "centres": centres})
        for c, b in zip(centres, answer["solutions"], strict=True):
            zones = [zone["zeros"] for zone in answer["zones"] if inside(zone["polygon"], np.array(c))]
            zeros = [j for j in (0, 1) if abs(b[j]) < 1e-12]
            assert zones == ([zeros] if zeros else []), (problem, c, b)
            seen[bool(zeros)] += 1
    assert min(seen.values()) > 100


def shrunk(z, square, lam, ratio):
    return np.sign(z) * max(abs(z) - lam * ratio, 0) / (square + lam * (1 - ratio))


def test_both_methods_take_the_steps_of_their_formulas(run):
    problems = random_problems(14, 20, highest=0.9)
    for problem in problems:
        problem["lambda"] = penalised(problem)
    replays = run("""(problems) => problems.map((p) => {
        const [problem, penalty] = [LassoLessonModel.makeProblem(p), {lambda: p.lambda, ratio: p.ratio}];
        const kept = ({b}, k, all) => k < 20 || k === all.length - 1;
        const [start, m] = [[1, -1], LassoLessonModel];
        return {descent: m.coordinateDescent(problem, penalty, start, 400).filter(kept).map(({b}) => b),
            gradient: m.proximalGradient(problem, penalty, start, 4000).filter(kept).map(({b}) => b),
            b: m.solve(problem, penalty)};
    })""", problems)
    for problem, replay in zip(problems, replays, strict=True):
        gram, lam, ratio = gram_of(problem), problem["lambda"], problem["ratio"]
        q, L = gram @ problem["c"], np.linalg.eigvalsh(gram)[-1]
        w, v = np.array([1.0, -1.0]), np.array([1.0, -1.0])
        for k in range(19):
            j = k % 2
            w[j] = shrunk(q[j] - gram[j, 1 - j] * w[1 - j], gram[j, j], lam, ratio)
            z = L * v + q - gram @ v
            v = np.array([shrunk(z[j], L, lam, ratio) for j in (0, 1)])
            np.testing.assert_allclose(replay["descent"][k + 1], w, atol=1e-12)
            np.testing.assert_allclose(replay["gradient"][k + 1], v, atol=1e-12)
        np.testing.assert_allclose(replay["descent"][-1], replay["b"], atol=1e-9)
        np.testing.assert_allclose(replay["gradient"][-1], replay["b"], atol=1e-9)


def test_copies_share_by_the_elastic_net_only(run):
    copies = {"c": [1.2, 1.2], "r": 1.0, "scales": [1, 1]}
    ends, net, ridge, opposite = run("""(p) => { const m = LassoLessonModel; const problem = m.makeProblem(p); return [
        m.segmentOfSolutions(problem, {lambda: 0.8, ratio: 1}), m.solve(problem, {lambda: 0.8, ratio: 0.5}),
        m.solve(problem, {lambda: 0, ratio: 0}),
        m.solve(m.makeProblem({...p, r: -1, c: [1, -1]}), {lambda: 0.2, ratio: 0.4})]; }""", copies)
    np.testing.assert_allclose(ends, [[1.6, 0], [0, 1.6]], atol=1e-12)
    np.testing.assert_allclose(net, [2 / 2.4, 2 / 2.4], atol=1e-12)          # (2.4 - 0.4) / (2 + 0.4) each
    np.testing.assert_allclose(ridge, [1.2, 1.2], atol=1e-9)
    np.testing.assert_allclose(opposite, [(2 - 0.08) / 2.12, -(2 - 0.08) / 2.12], atol=1e-12)


def test_samples_have_the_noise_they_say_and_repeat(run):
    problem = {"c": [1, 1], "r": 0.6, "scales": [1, 1.5]}
    draw = """({p, seed}) => {
        const [random, problem] = [LassoLessonModel.generator(seed), LassoLessonModel.makeProblem(p)];
        return Array.from({length: 5000}, () => { const s = LassoLessonModel.resample(problem, 0.2, random);
            return [...s.q, ...s.c]; }); }"""
    first, again, other = (np.array(run(draw, {"p": problem, "seed": seed})) for seed in (1, 1, 2))
    assert (first == again).all() and not (first == other).any()
    gram = gram_of(problem)
    np.testing.assert_allclose(np.cov(first[:, :2].T), 0.04 * gram, rtol=0.08)
    np.testing.assert_allclose(first[:, 2:] @ gram, first[:, :2], rtol=1e-9)


def values_of(page):
    """b1 and b2 as the page shows them."""
    texts = page.locator(".lesson-value").all_inner_texts()
    assert [text[:5] for text in texts] == ["b₁ = ", "b₂ = "]
    return [float(text[5:].replace("−", "-")) for text in texts]


def state_of(page):
    return page.evaluate("lesson.state()")


def solution_of(page):
    """By `fit_path`, from the state of the page with lambda held."""
    defaults = {"penalty": "lasso", "ratio": 0.5, "c1": 1.9, "c2": 0.6, "r": 0.5, "s2": 1.0, "lambda": 1.0}
    state = defaults | state_of(page)
    assert state["hold"] == "lambda"
    problem = {"c": [state["c1"], state["c2"]], "r": state["r"], "scales": [1.0, state["s2"]],
               "ratio": {"lasso": 1.0, "ridge": 0.0, "elastic_net": state["ratio"]}[state["penalty"]]}
    return fitted(problem, state["lambda"], np.random.default_rng(0))


def handle(page, label):
    return page.get_by_role("slider", name=label, exact=True)


def centre_of(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wait_until(page, condition):
    """Asks from outside, as the policy of the page forbids code from text."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not within 5 s: {condition}")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


CENTRE = "Least-squares solution"
SIZE = "Size t of the region"


def test_dragging_least_squares_moves_the_solution(open_lesson):
    page = open_lesson({"hold": "lambda", "lambda": 0.7})
    assert values_of(page) == pytest.approx(solution_of(page), abs=6e-4)
    for x, y in ((-60, -90), (40, 160), (-200, 10)):
        before = values_of(page)
        at = centre_of(handle(page, CENTRE))
        page.mouse.move(at[0] - 6, at[1] + 5)                   # a handle does not jump to the pointer
        page.mouse.down()
        page.mouse.move(at[0] - 6 + x, at[1] + 5 + y, steps=4)
        page.mouse.up()
        assert centre_of(handle(page, CENTRE)) == pytest.approx((at[0] + x, at[1] + y), abs=2)
        assert values_of(page) == pytest.approx(solution_of(page), abs=6e-4) != before
    press(page, "Undo")
    assert values_of(page) == before, "a drag is undone as a whole"


def test_with_t_held_the_solution_stays_on_the_diamond(open_lesson):
    page = open_lesson()
    at = centre_of(handle(page, CENTRE))
    page.mouse.move(*at)
    page.mouse.down()
    for x, y in ((10, -120), (-150, -60), (-300, 30)):
        page.mouse.move(at[0] + x, at[1] + y)
        assert np.abs(values_of(page)).sum() == pytest.approx(1.2, abs=2e-3)
    page.mouse.up()


def test_a_finger_drags_the_region(open_lesson):
    page = open_lesson(width=390, height=844, has_touch=True, is_mobile=True)
    handle(page, SIZE).scroll_into_view_if_needed()
    x, y = centre_of(handle(page, SIZE))
    touch = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", [(x, y)]), ("touchMove", [(x, y + 10)]), ("touchMove", [(x, y + 40)]),
                         ("touchEnd", [])):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})
    side = page.locator(".lesson-plane").bounding_box()["width"]
    expected = 1.2 + 40 * 6 / side
    assert state_of(page)["t"] == pytest.approx(expected, abs=0.02)
    assert np.abs(values_of(page)).sum() == pytest.approx(expected, abs=0.02)


def test_arrow_keys_move_handles_and_ctrl_z_undoes(open_lesson):
    page = open_lesson({"hold": "lambda", "lambda": 0.7})
    handle(page, CENTRE).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    assert (state_of(page)["c1"], state_of(page)["c2"]) == (2.15, 0.65)
    assert values_of(page) == pytest.approx(solution_of(page), abs=6e-4)
    assert handle(page, CENTRE).get_attribute("aria-valuetext") == "b1 2.15, b2 0.65"
    page.keyboard.press("Control+z")
    assert "c1" not in state_of(page) and state_of(page)["c2"] == 0.65
    handle(page, SIZE).focus()
    page.keyboard.press("ArrowDown")
    assert "hold" not in state_of(page), "t is held by default, and once it has been moved"
    assert np.abs(values_of(page)).sum() == pytest.approx(state_of(page)["t"], abs=2e-3)


def test_sliders_of_t_and_lambda_are_linked(open_lesson):
    page = open_lesson()
    t = page.get_by_label("t, size of the region")
    lam = page.get_by_label("λ, weight of the penalty (alpha in Python)")
    assert (t.input_value(), lam.get_attribute("aria-valuetext")) == ("1.2", "1.000")
    t.fill("0.7")
    assert lam.get_attribute("aria-valuetext") == "1.500" and values_of(page) == [0.7, 0]      # 2.2 - 0.7
    lam.focus()
    page.keyboard.press("End")
    assert values_of(page) == [0, 0] and t.get_attribute("aria-valuetext") == "0"
    assert "Both coefficients are exactly 0" in page.locator(".lesson-sentence").inner_text()
    page.keyboard.press("Home")
    assert values_of(page) == [1.9, 0.6]
    assert "This is least squares" in page.locator(".lesson-sentence").inner_text()


def test_penalties_are_compared_at_the_same_lambda(open_lesson):
    page = open_lesson({"hold": "lambda", "lambda": 1.0})
    expected = {"Lasso": "leaves x₂ out", "Elastic net": "keeps both", "Ridge": "neither is exactly 0"}
    for name, words in expected.items():
        press(page, name)
        assert values_of(page) == pytest.approx(solution_of(page), abs=6e-4)
        assert words in page.locator(".lesson-sentence").inner_text()
    press(page, "Elastic net")
    page.get_by_label("ρ, l1_ratio").fill("0.9")
    assert state_of(page)["ratio"] == 0.9 and values_of(page) == pytest.approx(solution_of(page), abs=6e-4)


def test_the_table_holds_the_optimality_conditions(open_lesson):
    page = open_lesson()
    rows = [row.inner_text().split("\t") for row in page.locator("tbody tr").all()]
    assert [row[1] for row in rows] == ["1.200", "0"]
    assert [row[-1] for row in rows] == ["1.000 = +1.000 ✓", "|0.950| ≤ 1.000 ✓"]
    press(page, "Step")
    press(page, "Back")
    assert page.locator("tbody tr").first.inner_text().endswith("not yet"), "the start of the replay is no solution"


def test_presets_break_it_and_undo_repairs_it(open_lesson):
    page = open_lesson({"hold": "lambda", "lambda": 0.6, "c1": 1.2, "c2": 1.2})
    first = values_of(page)
    press(page, "Duplicate x₁")
    assert "every point of the marked segment" in page.locator(".lesson-sentence").inner_text()
    assert values_of(page) == [1.8, 0] and page.locator(".lesson-segment").count() == 1
    press(page, "Elastic net")
    assert values_of(page) == pytest.approx([2.1 / 2.3] * 2, abs=6e-4)
    press(page, "Undo")
    press(page, "Undo")
    assert values_of(page) == first and page.get_by_role("button", name="Undo").is_disabled()
    press(page, "Unscale x₂")
    assert (state_of(page)["c2"], state_of(page)["s2"]) == (2.4, 0.5)
    assert values_of(page) == pytest.approx(solution_of(page), abs=6e-4)
    press(page, "Standardise x₂")
    assert values_of(page) == first
    press(page, "Enter, leave, return")
    assert "x₁ leaves; " in page.locator(".lesson-at-profile").inner_text()


def test_samples_of_correlated_features_change_the_selection(open_lesson):
    page = open_lesson({"c1": 1.5, "c2": 1.5, "r": 0.95, "hold": "lambda", "lambda": 2})
    press(page, "Draw another sample")
    press(page, "Draw 20")
    words = page.locator(".lesson-at-samples").inner_text()
    counts = [int(count) for count in re.findall(r"in (\d+)", words)]
    assert "Of 21 samples" in words and sum(counts) == 21 and min(counts[:2]) > 1
    assert page.locator(".lesson-sample").count() == 21
    press(page, "Ridge")
    assert "both in 21" in page.locator(".lesson-at-samples").inner_text()
    press(page, "Clear")
    assert page.locator(".lesson-sample").count() == 0


def test_the_replay_steps_by_button_and_by_key(open_lesson):
    page = open_lesson({"hold": "lambda", "lambda": 0.3, "c1": 1.3, "c2": 1.6, "r": 0.85})
    press(page, "Step")
    words = page.locator(".lesson-update")
    z = 1.3 + 0.85 * 1.6
    assert words.inner_text() == f"Update 1: with b₂ fixed, z₁ = {z:.3f}, so b₁ = S({z:.3f}, 0.300) = {z - 0.3:.3f}."
    page.get_by_label("Coordinate updates (arrow keys step)").focus()
    page.keyboard.press("ArrowRight")
    assert words.inner_text().startswith("Update 2: with b₁ fixed") and state_of(page)["k"] == 2
    assert page.locator(".lesson-plane .lesson-descent-dot").count() == 3
    assert page.locator(".lesson-plane .lesson-gradient-dot").count() == 2
    page.keyboard.press("End")
    assert state_of(page)["k"] == 60 and page.get_by_role("button", name="Step", exact=True).is_disabled()
    handle(page, "Start of coordinate descent").focus()
    page.keyboard.press("ArrowRight")
    assert state_of(page)["start1"] == 0.05


def test_play_ends_at_once_where_motion_is_unwanted(open_lesson):
    page = open_lesson(reduced_motion="reduce")
    press(page, "Play")
    assert state_of(page)["k"] == 60
    page = open_lesson(reduced_motion="no-preference")
    press(page, "Play")
    wait_until(page, "lesson.state().k >= 1")
    press(page, "Pause")
    assert state_of(page)["k"] < 60


def test_the_path_is_traced_from_0_to_least_squares(open_lesson):
    page = open_lesson(reduced_motion="no-preference")
    press(page, "Trace it from 0")
    assert values_of(page) == [0, 0]
    wait_until(page, "lesson.state().lambda < 1.9")
    press(page, "Pause")
    assert values_of(page) == pytest.approx(solution_of(page), abs=6e-4)
    page = open_lesson(reduced_motion="reduce")
    press(page, "Trace it from 0")
    assert values_of(page) == [1.9, 0.6]


def test_each_step_asks_before_it_answers(open_lesson):
    page = open_lesson()
    titles = set()
    for number in range(1, 8):
        card = page.locator(".lesson-steps")
        assert f"Step {number} of 7" in card.inner_text()
        titles.add(card.locator("h2").inner_text())
        assert card.locator(".lesson-question").inner_text().endswith("?")
        assert card.locator(".lesson-answer").inner_text() == ""
        press(page, "Show the answer")
        assert len(card.locator(".lesson-answer").inner_text()) > 80
        if number < 7:
            press(page, "Next")
    assert len(titles) == 7 and page.get_by_role("button", name="Next").is_disabled()
    press(page, "Previous")
    assert state_of(page)["step"] == 5


def test_answers_are_true(open_lesson):
    """What the words of the steps claim, read from the page."""
    page = open_lesson({"step": 3})
    press(page, "Next")
    press(page, "Show the answer")
    counts = [int(count) for count in re.findall(r"in (\d+)", page.locator(".lesson-at-samples").inner_text())]
    assert sum(counts[:2]) >= counts[2] and min(counts[:2]) >= 5, "often only one of the two"
    press(page, "Next")
    press(page, "Show the answer")
    b1, b2 = values_of(page)
    assert b1 == b2 > 0.5
    press(page, "Next")
    words = page.locator(".lesson-at-replay").inner_text()
    assert re.search(r"coordinate descent \d+, proximal gradient more than 60", words)
    page.get_by_label("Correlation r of the features").fill("0")
    assert "coordinate descent 2, " in page.locator(".lesson-at-replay").inner_text()


def test_the_state_survives_a_link(open_lesson):
    page = open_lesson()
    press(page, "Elastic net")
    press(page, "Correlate")
    press(page, "Draw 20")
    press(page, "Step")
    wait_until(page, "saved.length > 0 && saved.at(-1).k === 1")
    saved = page.evaluate("saved.at(-1)")
    assert saved == state_of(page) and len(json.dumps(saved)) < 300
    again = open_lesson({name: str(value) for name, value in saved.items()})        # as text, as from a fragment
    assert state_of(again) == saved and values_of(again) == values_of(page)
    assert again.locator(".lesson-at-samples").inner_text() == page.locator(".lesson-at-samples").inner_text()


@pytest.mark.parametrize("state", [
    {"c1": "NaN", "r": 1e300, "t": -5, "penalty": "<img src=x onerror=alert(1)>", "samples": 1e9, "k": 1.5,
     "__proto__": 3},
    {"lambda": None, "hold": ["t"], "ratio": {}, "s2": 0, "step": 99, "constructor": "x", "c2": True},
    [], {"hold": "lambda", "lambda": 0, "r": 1, "c1": 0, "c2": 0}, {"t": 0, "penalty": "ridge"}, {"t": 0, "r": -1},
    {"c1": 0, "c2": 0}, {"penalty": "elastic_net", "r": 1, "hold": "lambda", "lambda": 0}])
def test_any_state_gives_a_page(open_lesson, state):
    page = open_lesson(state)
    assert np.isfinite(values_of(page)).all()
    assert not re.search("NaN|undefined|null", page.locator("main").inner_html())
    press(page, "Step")


@pytest.mark.parametrize("state", [{"penalty": "elastic_net", "r": -0.7, "s2": 2.0}, {"t": 0.4}, {
    "r": 1, "hold": "lambda", "lambda": 0.5}])
def test_the_program_in_python_gives_the_same_solution(open_lesson, state):
    page = open_lesson(state)
    page.get_by_text("The same in Python").click()
    code = page.locator(".lesson-python code").inner_text()
    printed = []
    exec(code, {"print": printed.append})
    np.testing.assert_allclose(printed[0], values_of(page), atol=6e-4)


def test_the_page_speaks(open_lesson):
    """Every control has a name, and the solution is told once the reader pauses."""
    page = open_lesson()
    nameless = page.evaluate("""() => [...document.querySelectorAll("button, input, [tabindex='0']")].filter((node) =>
        !(node.textContent.trim() || node.getAttribute("aria-label") || node.labels?.length)).length""")
    assert nameless == 0
    handle(page, CENTRE).focus()
    page.keyboard.press("ArrowUp")
    wait_until(page, "document.querySelector('[role=status]').textContent.includes('b2 = 0')")
    assert page.locator("[style]").count() == 0


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_page(open_lesson, width):
    page = open_lesson({"penalty": "elastic_net", "replay": 1, "k": 9}, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sides = page.locator(".lesson-plane").bounding_box()
    assert sides["width"] == sides["height"] >= 240


def test_a_hidden_lesson_is_drawn_when_it_is_shown(open_lesson):
    page = open_lesson()
    page.evaluate("document.getElementById('lesson').hidden = true; lesson.setVisible(false)")
    page.evaluate("document.getElementById('lesson').hidden = false; lesson.setVisible(true)")
    assert page.locator(".lesson-plane").bounding_box()["width"] > 300
    assert values_of(page) == [1.2, 0]


@pytest.mark.parametrize("path", [*SCRIPTS, PAGE / "lesson.css"], ids=lambda path: path.name)
def test_sources_follow_the_rules_of_the_house(path):
    text = path.read_text()
    opening = text.removeprefix("// ").removeprefix("/* ").replace("\n// ", " ").split("\n")[0]
    assert re.match(r"Lives here: .+ Independent of: .+\.", opening)
    assert len(text.splitlines()) <= 400 and max(map(len, text.splitlines())) <= 120
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|\beval\b|https?://(?!www\.w3\.org/2000/svg)", text)
    functions = re.findall(r"^  function (\w+)\(.*?^  }$", text, flags=re.M | re.S)
    lengths = {match[1]: match[0].count("\n") + 1 for match in re.finditer(
        r"^  function (\w+)\(.*?^  }$", text, flags=re.M | re.S)}
    assert path.suffix == ".css" or functions
    assert all(length <= 60 for length in lengths.values()), lengths


def test_panels_that_a_step_speaks_of_follow_it(open_lesson):
    page = open_lesson()
    titles = page.locator(".lesson-stack h3")
    assert titles.first.inner_text() == "Penalty"
    assert page.locator(".lesson-stack > *").first.get_attribute("aria-label") == "Steps"
    everything = sorted(titles.all_inner_texts())
    for _ in range(6):
        press(page, "Next")
    assert titles.all_inner_texts()[:2] == ["Coordinate descent, update by update", "Data"]
    assert sorted(titles.all_inner_texts()) == everything
    assert page.evaluate("document.activeElement.textContent") == "Coordinate descent", "for readers of the screen"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_plane_stays_in_view(open_lesson, width):
    page = open_lesson(width=width, height=844)
    page.locator(".lesson-python").scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 500
    box = page.locator(".lesson-plane").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 844


CONTRASTS = """() => {
    const numbers = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92
        : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
    const behind = (node) => {
        for (let place = node; place; place = place.parentElement) {
            const colour = numbers(getComputedStyle(place).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll("main *")].filter((node) => node.checkVisibility() && !node.disabled
        && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())).map((node) => {
        const style = getComputedStyle(node);
        const two = [numbers(node instanceof SVGElement ? style.fill : style.color), behind(node)].map(light).sort();
        return [node.textContent, (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05)];
    });
}"""


@pytest.mark.skipif(not (PAGE / "style.css").exists(), reason="the colours of the page are not there")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(open_lesson, scheme):
    page = open_lesson({"penalty": "elastic_net", "replay": 1, "k": 1}, color_scheme=scheme)
    press(page, "Show the answer")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 80
    assert [entry for entry in contrasts if entry[1] < 4.5] == []
