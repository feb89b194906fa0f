# Lives here: the settings of the documentation site. Independent of: what its pages say.
"""Settings of Sphinx: ``sphinx-build -W docs docs/_build/html``."""
import os
import sys
from pathlib import Path

import lassocore

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")        # as in the measurements: the gallery compares solvers on one thread

project = "lassocore"
author = "the lassocore developers"
copyright = author
version = release = lassocore.__version__

extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "sphinx.ext.viewcode",
    "sphinx-mathjax-offline", "numpydoc", "myst_parser", "sphinx_design", "sphinx_copybutton",
    "sphinx_gallery.gen_gallery", "api_pages", "explorer_page", "page_head", "plain_pages", "search_words",
]
exclude_patterns = ["_build", "gallery", "gallery.md", "auto_gallery/*.ipynb", "auto_gallery/*.py",
                    "**/sg_execution_times.rst",
                    "sg_execution_times.rst"]
templates_path = ["_templates"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(sklearn|numpy|scipy|pandas|matplotlib|polars)\..*")]      # other projects'
suppress_warnings = ["config.cache"]

# Markdown
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_inline"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"chtml": {"matchFontHeight": False, "scale": 1.0}}

# The reference
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "groupwise"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# The gallery
sphinx_gallery_conf = {
    "examples_dirs": ["gallery"],
    "gallery_dirs": ["auto_gallery"],
    "filename_pattern": r"/\w+\.py$",
    "within_subsection_order": "gallery_order.ByNumber",
    "doc_module": ("lassocore",),
    "reference_url": {"lassocore": None},
    "backreferences_dir": "auto_gallery/backreferences",
    "abort_on_example_error": True,
    "show_memory": False,
    "min_reported_time": 1,
    "download_all_examples": False,
    "remove_config_comments": True,
    "image_scrapers": ("pictures.scrape",),
    "image_srcset": ["2x"],
    "matplotlib_animations": False,
    "show_signature": False,
}

# Pages
highlight_language = "none"            # of blocks that name no language: formulas in docstrings
html_theme = "pydata_sphinx_theme"
html_title = "lassocore"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["print.js"]
html_favicon = "_static/icon.svg"
html_baseurl = os.environ.get("LASSOCORE_DOCS_URL", "")         # where the site will be, as https://.../
html_additional_pages = {"404": "404.html"}
html_context = {
    "default_mode": "auto",
    "description": "Lasso and elastic-net paths for Python, fast, and each result with a proof of how exact it is.",
    "site_root": html_baseurl or "/",
}
html_search_scorer = str(HERE / "_ext" / "search_scorer.js")
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "lassocore", "image_light": "_static/logo-light.svg", "image_dark": "_static/logo-dark.svg",
             "alt_text": ""},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "back_to_top_button": True,
}
html_sidebars = {"index": [], "installation": [], "glossary": [], "changelog": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
