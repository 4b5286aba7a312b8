"""What of an answer a quantity is made of: the variables that must be there to ask for it."""

from collections.abc import Mapping
from typing import Final

from gibbsite._inputs.names import RANGES

from .grammar import AMOUNTS, Group, Quantity

_COMPOSITION: Final = ("phase_composition_mol", "mole_fraction", "amount_mol", "bulk_mol")
_POTENTIAL: Final = ("chemical_potential",)
_OF_GROUP: Final[Mapping[Group, tuple[str, ...]]] = {
    "oxide": _COMPOSITION,
    "ratio": _COMPOSITION,
    "cation": _COMPOSITION,
    "exchange": _COMPOSITION,
    "partition": _COMPOSITION,
    "proportion": ("proportions",),
    "activity": _POTENTIAL,
    "potential": _POTENTIAL,
    "fugacity": _POTENTIAL,
    "offset": _POTENTIAL,
    "physical": (
        "density", "gibbs_energy", "entropy", "mass_fraction", "volume_fraction", "amount_mol",
        "proportions", "bulk_mol",
    ),
}  # fmt: skip
_SLOTS: Final = ("phase_id", "instance")
OF_DERIVATIVES: Final = ("phase_id", "amount_mol", "proportions", "bulk_mol")
"""Variables of a result that its derivatives are made of."""


def needs(meant: Quantity) -> frozenset[str]:
    """Return the variables of a result that a quantity is read from."""
    of_range = _COMPOSITION if {meant.subject, meant.other} & {*RANGES} else ()
    if meant.group == "amount":
        own: tuple[str, ...] = (f"{AMOUNTS[meant.what]}_fraction",)
    elif meant.group == "per_mole":
        own = (meant.what,)
    else:
        own = _OF_GROUP[meant.group]
    return frozenset((*own, *of_range, *_SLOTS))
