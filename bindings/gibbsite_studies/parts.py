"""The parts of a study in their order: what computes each, names its values and draws it."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from matplotlib.figure import Figure

from . import (
    components,
    crystallisation,
    draw_components,
    draw_crystallisation,
    draw_ensemble,
    draw_melting,
    draw_mixing,
    draw_rare_earths,
    draw_restoration,
    draw_subsolidus,
    ensemble,
    melting,
    mixing,
    rare_earths,
    restoration,
    subsolidus,
)
from .listing import Listing, no_listings
from .run import Run
from .shelf import Tables
from .values import Value


class Part(NamedTuple):
    """One part of a study."""

    name: str
    """That of its table in the TOML file."""
    title: str
    """For the report."""
    compute: Callable[[Run, dict[str, Tables]], Tables]
    """Return its tables, from those of the parts it needs."""
    values: Callable[[Run, Tables, str], dict[str, Value]]
    """Return what the targets ask of it, with one database."""
    draw: Callable[[Run, Tables], Iterator[tuple[str, Figure]]]
    """Yield its figures, by name."""
    needs: tuple[str, ...] = ()
    """Parts whose tables or settings it uses."""
    listings: Callable[[Run, Tables], Iterator[Listing]] = no_listings
    """Yield what the report shows besides its targets."""


PARTS: Final = (
    Part(
        "melting",
        "Fig. 3A: melting of the average bead through pressure and temperature",
        melting.compute, melting.values, draw_melting.draw,
    ),
    Part(
        "subsolidus",
        "Fig. 3B-D: the beads below their solidus",
        subsolidus.compute, subsolidus.values, draw_subsolidus.draw,
    ),
    Part(
        "ensemble",
        "Random rocks inside the published ranges",
        ensemble.compute, ensemble.values, draw_ensemble.draw, ("subsolidus",),
    ),
    Part(
        "restoration",
        "Fig. 4A, B: magma oceans, and the restored assemblage",
        restoration.compute, restoration.values, draw_restoration.draw, ("subsolidus",),
    ),
    Part(
        "mixing",
        "Fig. 4C: from an average cumulate to the high-Ti glass",
        mixing.compute, mixing.values, draw_mixing.draw, listings=mixing.listings,
    ),
    Part(
        "crystallisation",
        "Fig. 2: fractional crystallisation of lava and glass, two ways",
        crystallisation.compute, crystallisation.values, draw_crystallisation.draw,
        listings=crystallisation.listings,
    ),
    Part(
        "rare_earths",
        "Rare earths: cumulate and KREEP",
        rare_earths.compute, rare_earths.values, draw_rare_earths.draw,
    ),
    Part(
        "components",
        "Principal components of major oxides",
        components.compute, components.values, draw_components.draw,
    ),
)  # fmt: skip
