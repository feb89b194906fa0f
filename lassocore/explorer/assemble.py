# Lives here: the HTML file: template, style, scripts, Content-Security-Policy. Independent of: paths, what is shown.
"""The page as one text: its sources from `page/`, the data, and a policy that allows nothing else."""
from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

FIRST, LAST = ("base.js", "state.js"), ("app.js",)      # scripts that the others need; the one that starts them
TEMPLATE, STYLES = "page.html", ("style.css", "tables.css", "explorer.css", "lesson.css")


@cache
def source(name: str) -> str:
    """The text of a file of `page/`; empty if there is none."""
    file = files("lassocore.explorer").joinpath("page", name)
    return file.read_text(encoding="utf-8") if file.is_file() else ""


@cache
def script_names() -> tuple[str, ...]:
    """All scripts in the order in which they run."""
    found = sorted(entry.name for entry in files("lassocore.explorer").joinpath("page").iterdir()
                   if entry.name.endswith(".js"))
    between = [name for name in found if name not in (*FIRST, *LAST)]
    return tuple(name for name in (*FIRST, *between, *LAST) if name in found)


def is_of_lesson(name: str) -> bool:
    """Whether a script belongs to the tab that teaches."""
    return name.startswith("lesson")


def lesson_script() -> str:
    """The scripts of the tab that teaches; parts before the file that mounts them."""
    names = sorted(filter(is_of_lesson, script_names()), key=lambda name: (name == "lesson.js", name))
    return "".join(map(source, names))


def explorer_script() -> str:
    """The scripts of the other tabs, in a scope of their own."""
    body = "".join(source(name) for name in script_names() if not is_of_lesson(name))
    return f'(() => {{\n"use strict";\n{body}}})();\n'


def assemble(title: str, payload: str) -> str:
    """The page; payload is the base64 text of its data, empty for the tab that teaches alone."""
    style = "".join(map(source, STYLES))
    scripts = [script for script in (lesson_script(), explorer_script()) if script]
    check_enclosed(style, *scripts)
    return (source(TEMPLATE)
            .replace("{{policy}}", policy(style, scripts))
            .replace("{{style}}", style)
            .replace("{{scripts}}", "\n".join(f"<script>{script}</script>" for script in scripts))
            .replace("{{payload}}", payload)
            .replace("{{title}}", escape(title)))


def check_enclosed(*texts: str) -> None:
    """Style and scripts must not end their own element."""
    for text in texts:
        if "</" in text.replace("*/", ""):
            at = text.index("</")
            raise ValueError(f"a source of the page has '</' in {text[max(0, at - 30):at + 30]!r}")


def policy(style: str, scripts: list[str]) -> str:
    """A Content-Security-Policy that allows these texts, pictures inside the page, and no connection."""
    allowed = " ".join(f"'{digest(script)}'" for script in scripts)
    return (f"default-src 'none'; script-src {allowed}; style-src '{digest(style)}'; img-src data:; "
            "base-uri 'none'; form-action 'none'")


def digest(text: str) -> str:
    """The hash by which a policy names a text."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
