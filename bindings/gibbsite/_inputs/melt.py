"""Which phase is the melt, and on which boundaries melting begins and ends."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

MELT: Final = "liq"
"""Key of the melt, in every database."""


def has_melt(phases: Collection[str]) -> bool:
    """Whether an assemblage has melt."""
    return MELT in phases


def is_molten(phases: Collection[str]) -> bool:
    """Whether an assemblage is melt and nothing else."""
    return set(phases) == {MELT}


MELTING: Final[Mapping[str, Callable[[Collection[str]], bool]]] = {
    "solidus": has_melt,
    "liquidus": is_molten,
}
"""Name of a boundary -> what is so of the assemblages on one side of it only."""
