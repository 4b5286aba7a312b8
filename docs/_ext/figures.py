"""Pictures of the gallery: every new matplotlib figure that an example gives a name."""

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the figures a block has made, and return the text that shows them.

    gibbsite draws without pyplot, so the figures are found by name and not in pyplot's list.
    """
    names = block_vars["example_globals"]
    seen = names.setdefault("__shown__", [])
    paths = []
    for value in list(names.values()):
        if isinstance(value, Figure) and not any(value is one for one in seen):
            seen.append(value)
            path = next(block_vars["image_path_iterator"])
            value.savefig(path, dpi=200)
            paths.append(path)
    return figure_rst(paths, gallery_conf["src_dir"])
