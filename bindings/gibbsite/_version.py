"""The version: what the build wrote beside this file, or in a source tree the last release."""

import re
from importlib import import_module
from pathlib import Path
from typing import Final

_CITATION: Final = Path(__file__).parents[2] / "CITATION.cff"


def _read() -> str:
    try:
        return str(import_module("gibbsite._released").VERSION)
    except ImportError:
        text = _CITATION.read_text(encoding="utf-8") if _CITATION.exists() else ""
        found = re.search(r"^version: (\S+)$", text, re.MULTILINE)
        return f"{found[1]}+source" if found else "0+unknown"


__version__: Final = _read()
