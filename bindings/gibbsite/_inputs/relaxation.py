"""What of a rock is held, and what is free, as temperature or pressure changes."""

from typing import Final, Literal, get_args

Relaxation = Literal["frozen", "ordered", "relaxed"]
RELAXATIONS: Final[tuple[Relaxation, ...]] = get_args(Relaxation)
"""Kinds of second derivatives of the energy: compositions held; speciation free; equilibrium kept."""
