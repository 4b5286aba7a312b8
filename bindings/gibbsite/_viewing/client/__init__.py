"""What runs in the browser."""

from functools import cache
from importlib import resources


@cache
def client(name: str) -> str:
    """Return the text of a file of this folder."""
    return (resources.files(__name__) / name).read_text(encoding="utf-8")
