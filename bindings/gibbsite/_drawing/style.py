"""How a diagram looks: sizes in points and millimetres, colours, a few ready-made styles."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._showing import html_fields
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

POINTS_PER_MM: Final = 72.0 / 25.4
# Hinting moves letters to whole pixels: text would be up to 8 % wider or narrower than measured.
UNHINTED: Final[dict[str, Any]] = {"text.hinting": "none"}


@dataclass(frozen=True, slots=True)
class Style:
    """Looks of a diagram.

    Attributes
    ----------
    colormap : str or Colormap
        Shades from low to high variance: a name that matplotlib knows, or one of its objects.
    shades : (float, float)
        The part of the colormap that is used, light enough everywhere for dark text.
    isopleths : tuple of str
        Colours of isopleths and their labels, one for each quantity in turn.
    line, strong : float
        Width of the lines between fields, and of solidus and liquidus [pt].
    font : str
        Family of all text.
    label_sizes : tuple of float
        Sizes of text that labels in fields may have, the preferred one first [pt].
    number_sizes : tuple of float
        The same of the numbers of fields that have no room for a label [pt].
    axis_size, tick_size, text_size : float
        Of axis labels, of numbers at the axes, and of what is below the diagram [pt].
    """

    colormap: Any = "bone_r"
    shades: tuple[float, float] = (0.03, 0.42)
    isopleths: tuple[str, ...] = ("#a8320a", "#1a3fa0", "#101010")
    line: float = 0.5
    strong: float = 1.5
    font: str = "DejaVu Sans"
    label_sizes: tuple[float, ...] = (7.0, 6.5, 6.0, 5.5)
    number_sizes: tuple[float, ...] = (6.5, 6.0, 5.5)
    axis_size: float = 8.0
    tick_size: float = 7.0
    text_size: float = 6.0

    def _repr_html_(self) -> str:
        return html_fields(self)

    @property
    def isopleth(self) -> str:
        """Colour of the isopleths of a single quantity."""
        return self.isopleths[0]

    def fills(self, n: int) -> NDArray[np.float64]:
        """Return n shades from light to dark, shape (n, 4)."""
        low, high = self.shades
        return _colours(self.colormap, np.linspace(low, high, max(n, 2)))[:n]


def _colours(colormap: Any, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colours (n, 4) at places of a colormap, 0 to 1, as matplotlib gives them."""
    if isinstance(colormap, str) and colormap in _RAMPS:
        steps = np.minimum((places * _STEPS).astype(int), _STEPS - 1) / (_STEPS - 1)
        channels = [np.interp(steps, *ends) for ends in _RAMPS[colormap]]
        return np.stack([*channels, np.ones(len(places))], axis=-1)
    import matplotlib

    return np.asarray(matplotlib.colormaps.get_cmap(colormap)(places))


_STEPS: Final = 256
_BONE_R: Final = (
    ((0.0, 0.253968, 1.0), (1.0, 0.652778, 0.0)),
    ((0.0, 0.253968, 0.634921, 1.0), (1.0, 0.777778, 0.319444, 0.0)),
    ((0.0, 0.634921, 1.0), (1.0, 0.444444, 0.0)),
)
# Of the default style: a page that shows fields need not import matplotlib for it.
_RAMPS: Final[dict[str, Any]] = {"bone_r": _BONE_R}
"""Where red, green and blue of a colormap bend, and what they are there."""


# Lightness falls evenly along all, and hue hardly changes or only as eyes of every kind see it
# (cividis: Nunez, Anderton & Renslow 2018, PLoS ONE 13, e0199239), so that they say the same to
# every eye and in a black and white copy. A test measures both; matplotlib's Greys and Blues fail.
STYLES: Final = {
    "colour": Style(),
    "warm": Style(colormap="cividis_r", shades=(0.0, 0.5)),
    "grey": Style(colormap="gray_r", shades=(0.02, 0.36), isopleths=("#000000",)),
    "lines": Style(colormap="gray_r", shades=(0.0, 0.0)),
    "journal": Style(
        colormap="gray_r",
        shades=(0.02, 0.3),
        font="sans-serif",  # Arial or Helvetica where there is one
        label_sizes=(7.0, 6.5, 6.0),
        number_sizes=(6.5, 6.0),
        axis_size=7.0,
        text_size=6.0,
    ),
    "slides": Style(
        line=0.9,
        strong=2.4,
        label_sizes=(11.0, 10.0, 9.0, 8.0),
        number_sizes=(10.0, 9.0, 8.0),
        axis_size=13.0,
        tick_size=11.0,
        text_size=9.0,
    ),
}


def as_style(style: "str | Style") -> Style:
    """Return a style by its name, or as it is."""
    if isinstance(style, Style):
        return style
    if style not in STYLES:
        raise InputError(f"style = {style!r} is unknown: {did_you_mean(str(style), STYLES)}")
    return STYLES[style]
