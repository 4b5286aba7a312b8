"""An axis along which a potential is given: of which component, and by what words at a value."""

from typing import Final

from gibbsite._inputs.iron import OXYGEN
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import known_oxides, load_buffers

from .axes import AxisName

FUGACITY: Final = "log10 fO2"
"""What a section is along whose axis is the fugacity of oxygen itself."""


def axis_of(along: str) -> AxisName:
    """Return the axis that runs along a potential.

    Parameters
    ----------
    along : str
        "log10 fO2", a buffer ("QFM"; the axis is the offset from it), or a component ("H2O"; the
        axis is its activity).

    Raises
    ------
    InputError
        If it is none of these.
    """
    if along == FUGACITY:
        return "log10_fO2"
    if along in known_oxides():
        return "activity"
    buffers = [name for each in load_buffers().values() for name in (each.name, *each.also)]
    if along in buffers:
        return "offset"
    raise InputError(
        f"along = {along!r} is no buffer, no component and not {FUGACITY!r}: "
        f"{did_you_mean(along, (*buffers, FUGACITY, *known_oxides()))}"
    )


def component_of(along: str) -> str:
    """Return the component whose potential varies along an axis."""
    return along if axis_of(along) == "activity" else OXYGEN


def given_at(along: str, value: float) -> str | float:
    """Return what is said of the component at a value of the axis, as of `gibbsite.opened`."""
    name = axis_of(along)
    if name == "activity":
        return value
    number = f"{value:+.12f}".rstrip("0").rstrip(".")
    return f"{FUGACITY} = {number.removeprefix('+')}" if name == "log10_fO2" else along + number


def words_of(along: str) -> str:
    """Return what the axis is, as people read it."""
    name = axis_of(along)
    if name == "activity":
        return f"activity of {along}"
    return "log10 fO2 (bar)" if name == "log10_fO2" else f"log10 fO2 - {along}"
