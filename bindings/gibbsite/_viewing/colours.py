"""Colours as a browser takes them, and one for each phase, wherever it is shown."""

from collections.abc import Sequence
from typing import Final

from gibbsite_datasets import load_traits

OTHERS: Final = ("#7f9c96", "#c9ada7", "#4a6fa5", "#d4a373", "#9a8c98", "#84a98c")
"""Of phases that the table of traits does not know."""


def phase_colour(key: str) -> str:
    """Return the colour of a phase, the same every time."""
    traits = load_traits().get(key)
    return traits.colour if traits else OTHERS[sum(key.encode()) % len(OTHERS)]


def as_hex(colour: Sequence[float]) -> str:
    """Return red, green and blue, 0 to 1 each, as "#rrggbb"; what comes after them is left out."""
    return "#" + "".join(f"{round(255.0 * part):02x}" for part in colour[:3])
