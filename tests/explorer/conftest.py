# Lives here: a headless Chromium and pages opened in it. Independent of: what pages show.
"""`browser` is one Chromium for the session; `open_page` shows a page, and fails the test on any error or request.

Where playwright or Chromium is missing the tests are skipped, unless LASSOCORE_REQUIRE_BROWSER=1.
"""
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

import lassocore
from lassocore.explorer.page import page_of

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
READY = "#app > header, #app > [role=alert]"


def missing(what):
    """Skip, or fail where a browser is required."""
    if os.environ.get("LASSOCORE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{what}, and LASSOCORE_REQUIRE_BROWSER=1")
    pytest.skip(reason=f"{what}; install the extra [browser] and Chromium to run these tests")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium of the system."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    program = os.environ.get("LASSOCORE_CHROMIUM") or shutil.which("chromium")
    if program is None:
        missing("there is no chromium on the path")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


class Pages:
    """Pages by the options of their contexts, which tests use one after the other: making one takes longer than a test.

    What a page complains of and asks for goes to the lists of the test that uses it.
    """

    def __init__(self, browser):
        self.browser, self.contexts, self.idle, self.users = browser, {}, {}, {}

    def take(self, problems, requests, viewport, before=None, **options):
        """An idle page, or a new one; `before` runs ahead of the scripts of all that this page shows."""
        key = repr(sorted(options.items()))
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(accept_downloads=True, **options)
        idle = self.idle.setdefault(key, [])
        page = idle.pop() if idle and before is None else self.make(key)
        if before is not None:
            page.add_init_script(before)
        self.users[page] = (problems, requests, idle if before is None else None)
        if page.viewport_size != viewport:
            page.set_viewport_size(viewport)
        page.bring_to_front()           # pages behind others draw once a second
        return page

    def make(self, key):
        """A page that tells its user what it complains of, and which files and addresses it asks for."""
        page = self.contexts[key].new_page()

        def tell(k, text):
            if page in self.users:
                self.users[page][k].append(text)

        def request(url):
            tell(1, url)
            if not url.startswith(("file:", "blob:")):
                tell(0, url)

        page.on("console", lambda message: tell(0, f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: tell(0, str(error)))
        page.on("dialog", lambda dialog: tell(0, f"dialog: {dialog.message}"))
        page.on("request", lambda asked: request(asked.url))
        return page

    def give_back(self, page):
        """Empty a page for the next test."""
        *_, idle = self.users.pop(page)
        if idle is None:
            page.close()
            return
        page.mouse.move(0, 0)
        page.goto("about:blank")
        idle.append(page)


@pytest.fixture(scope="session")
def pages(browser):
    """Pages that tests share."""
    shared = Pages(browser)
    yield shared
    for context in shared.contexts.values():
        context.close()


@pytest.fixture
def open_page(pages, tmp_path):
    """A function that shows a page, given as its text or as the path and options of `page_of`."""
    taken, problems, files = [], [], {}

    def show(shown, fragment="", *, viewport=DESKTOP, before=None, **options):
        device = {name: options.pop(name) for name in ("color_scheme", "has_touch") if name in options}
        text = shown if isinstance(shown, str) else page_of(shown, **options)
        file = files.setdefault(text, tmp_path / f"page{len(files)}.html")
        file.write_text(text, encoding="utf-8")
        page = pages.take(problems, [], viewport, before, **device)
        taken.append(page)
        page.goto(f"{file.as_uri()}{fragment}")
        page.wait_for_selector(READY)
        return page

    show.problems = problems
    yield show
    for page in taken:
        pages.give_back(page)
    assert not problems


@pytest.fixture(scope="session")
def diabetes():
    """A path with its data and a cross-validated model; X, y, path, cv."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    cv = lassocore.LassoCV(cv=5, keep_coefs=True, tol=1e-8).fit(X, y)
    return SimpleNamespace(X=X, y=y, path=lassocore.fit_path(X, y, alphas=cv.alphas_, tol=1e-10), cv=cv)


@pytest.fixture(scope="session")
def diabetes_page(diabetes):
    """The page of this path with all its views."""
    return page_of(diabetes.path, X=diabetes.X, y=diabetes.y, cv=diabetes.cv)


@pytest.fixture(scope="session")
def wide():
    """A path of 10,000 features, nearly all of them selected at some alpha: X is orthogonal."""
    from scipy.sparse import dia_array

    rng = np.random.default_rng(1)
    n = 10_000
    X = dia_array((np.full((1, n), np.sqrt(n)), [0]), shape=(n, n)).tocsc()
    y = np.sqrt(n) * rng.standard_normal(n) * np.where(rng.random(n) < 0.02, 3.0, 1.0)
    return lassocore.fit_path(X, y, fit_intercept=False)


@pytest.fixture(scope="session")
def wide_page(wide):
    """The page of this path."""
    return page_of(wide)


@pytest.fixture(scope="session")
def tasks():
    """A multi-task path; X, Y, path."""
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.standard_normal((60, 12)), columns=[f"v{j}" for j in range(12)])
    Y = X.to_numpy()[:, :3] @ rng.standard_normal((3, 3)) + rng.standard_normal((60, 3))
    return SimpleNamespace(X=X, Y=Y, path=lassocore.fit_multi_task_path(X, Y, alphas=30, tol=1e-9))
