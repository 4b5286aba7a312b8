"""What may be given of a point in place of its temperature or pressure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gibbsite.errors import InputError


@dataclass(frozen=True, slots=True)
class Constraint:
    """What is given beside the pressure or the temperature.

    Attributes
    ----------
    name : str
        "entropy" [kJ/K], "enthalpy" [kJ] or "volume" [kJ/kbar], per mole of oxides.
    free : {"temperature", "pressure"}
        What follows from it.
    """

    name: str
    free: str


CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "entropy": Constraint("entropy", "temperature"),
    "enthalpy": Constraint("enthalpy", "temperature"),
    "volume": Constraint("volume", "pressure"),
}


def what_is_given(
    pressure_kbar: Any, temperature_C: Any, entropy: Any, enthalpy: Any, volume: Any
) -> tuple[Constraint, Any] | None:
    """Return which constraint stands for a temperature or pressure, with its numbers; None for none.

    Raises
    ------
    InputError
        Unless exactly two conditions are given, of which the second is met once.
    """
    extra = {"entropy": entropy, "enthalpy": enthalpy, "volume": volume}
    named = {name: values for name, values in extra.items() if values is not None}
    usual = [
        name
        for name, values in (("pressure_kbar", pressure_kbar), ("temperature_C", temperature_C))
        if values is not None
    ]
    if len(usual) == 2 and not named:
        return None
    if len(usual) + len(named) == 2 and len(named) == 1:
        (name,) = named
        if usual[0] == ("temperature_C" if name == "volume" else "pressure_kbar"):
            return CONSTRAINTS[name], named[name]
    raise InputError(
        "two conditions make a point: pressure_kbar with temperature_C, entropy or enthalpy, or "
        f"temperature_C with volume; given are {', '.join([*usual, *named]) or 'none'}."
    )
