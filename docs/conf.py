"""How the documentation is built: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from gibbsite import __version__

project = "gibbsite"
author = "The gibbsite developers"
copyright = f"{author}, BSD-3-Clause"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "phases",
    "schema",
]
exclude_patterns = ["_ext", "_templates", "gallery"]
templates_path = ["_templates"]

# Pages are Markdown; $ and $$ are mathematics, and headings can be linked to.
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
html_math_renderer = "mathml"  # no script, and it is read without a network

# The API comes from the docstrings of what is in `__all__`.
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True
# Some file systems take Bulk and bulk for one name.
autosummary_filename_map = {
    f"gibbsite.{name}": f"gibbsite.class.{name}" for name in ("Bulk", "Database", "Equilibrium")
}
autodoc_typehints = "none"  # the docstrings say it
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"/plot_",
    "image_scrapers": ("figures.scrape",),
    "reset_modules": (),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "capture_repr": (),
}
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = f"gibbsite {__version__}"
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": [], "tutorial": [], "changelog": []}
html_static_path = ["_static"]
html_css_files = ["gibbsite.css"]
html_show_sourcelink = False
