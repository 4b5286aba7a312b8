"""One colour for each phase, wherever it is shown."""

from typing import Final

# Near the colours that the minerals have in hand specimen; neighbours in a stack differ in lightness.
PHASES: Final = {
    "liq": "#e4572e",
    "ol": "#a3b44a",
    "opx": "#b08d57",
    "cpx": "#2e6f57",
    "g": "#8c2f39",
    "cd": "#6b7fd7",
    "mel": "#d9c9a3",
    "fsp": "#c3d9ea",
    "spl": "#6a4c93",
    "ilm": "#3d405b",
    "ru": "#bc4749",
    "cor": "#e29bb1",
    "q": "#f2d388",
    "trd": "#f7e6b5",
    "crst": "#fbf3da",
}
OTHERS: Final = ("#7f9c96", "#c9ada7", "#4a6fa5", "#d4a373", "#9a8c98", "#84a98c")


def phase_colour(key: str) -> str:
    """Return the colour of a phase, the same every time."""
    return PHASES.get(key) or OTHERS[sum(key.encode()) % len(OTHERS)]
