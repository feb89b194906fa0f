# Lives here: a check of the built site in a browser. Independent of: Sphinx.
"""``python docs/_ext/check_pages.py docs/_build/html`` opens every page in Chromium and lists what a reader would miss.

On a telephone of 390 pixels and on a desktop no page scrolls sideways; in the light and in the dark theme words have a
contrast of 4.5 to their background (3 where they are large); every picture loads and has a description; headings are in
order; links have names; titles are unique; nothing is written to the console, and nothing is loaded from elsewhere. The
search finds the page of what is looked for. Pages are opened from files, without a server. Needs Playwright and
Chromium, whose path may be given in LASSOCORE_CHROMIUM.
"""
import asyncio
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

N_TABS, PATIENCE = 3, 180_000           # of a page, in milliseconds: the machine may be busy
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
SEARCHES = {                                # words -> the page that comes first
    "penalty_factor": "guide/weights-and-bounds",
    "gap": "guide/certificates",
    "1se": "guide/choosing-alpha",
    "offset": "guide/weights-and-bounds",
    "fit_path": "api/generated/lassocore.fit_path",
}
LOOK = (Path(__file__).parent / "check_pages.js").read_text()


def listen(page):
    """The list to which faults of a page are added as they happen."""
    faults = []
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(f"error in a script: {error}"))
    page.on("requestfailed", lambda request: faults.append(f"not loaded: {request.url}"))
    page.on("request", lambda request: request.url.startswith(("file:", "data:", "blob:"))
            or faults.append(f"loaded from elsewhere: {request.url}"))
    return faults


async def look_at(page, url):
    """What is wrong on one page."""
    await page.set_viewport_size(DESKTOP)
    await page.goto(url)
    await page.evaluate(LOOK)
    faults = await page.evaluate("faultsOfPage()")
    for theme in ("light", "dark"):
        faults += await page.evaluate("theme => faultsOfTheme(theme)", theme)
    for size in (DESKTOP, PHONE):
        await page.set_viewport_size(size)
        faults += await page.evaluate("faultsOfWidth()")
    return faults


async def search(page, site, words):
    """Addresses of the results, best first."""
    await page.goto(f"{(site / 'search.html').as_uri()}?q={quote(words)}")
    await page.wait_for_function("document.querySelector('.search-summary')?.textContent.match(/found/)")
    return await page.eval_on_selector_all("#search-results li > a", "links => links.map(link => link.href)")


async def faults_of_search(page, site):
    faults = []
    for words, wanted in SEARCHES.items():
        found = await search(page, site, words)
        first = found[0].removeprefix(f"{site.as_uri()}/") if found else "nothing"
        if not first.startswith(wanted):
            faults.append(f"the search for {words} finds {first} first, not {wanted}")
    return faults


async def check(site):
    from playwright.async_api import async_playwright

    program = os.environ.get("LASSOCORE_CHROMIUM") or shutil.which("chromium")
    waiting = sorted(path for path in site.rglob("*.html")
                     if "_static" not in path.parts and path.name != "explorer.html")       # tests/explorer looks at it
    n_pages, faults, titles = len(waiting), {}, {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])

        async def tab():
            page = await browser.new_page()
            happened = listen(page)
            while waiting:
                path = waiting.pop()
                faults[path] = await look_at(page, path.as_uri()) + happened
                happened.clear()
                titles.setdefault(await page.title(), []).append(path)

        await asyncio.gather(*(tab() for _ in range(N_TABS)))
        for title, paths in titles.items():
            if len(paths) > 1 or not title.strip():
                faults[paths[0]].append(f"title {title!r} of {len(paths)} pages")
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE)
        faults[site / "search.html"] += await faults_of_search(page, site)
        await browser.close()
    return {path: found for path, found in sorted(faults.items()) if found}, n_pages


def main(site):
    faults, n_pages = asyncio.run(check(site))
    for path, found in faults.items():
        for fault in dict.fromkeys(found):
            print(f"{path.relative_to(site)}: {fault}")
    print(f"{n_pages} pages, {len(faults)} of them with faults")
    return 1 if faults or not n_pages else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
