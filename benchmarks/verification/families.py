"""Rock families, and random rocks of them: what benchmarks measure on and tests search in.

A random rock is a mixture of two bulks of its family, each oxide times a factor of its own. An
oxide that a published analysis leaves blank counts as a trace: so all nine oxides are there. They
are dry, and their iron is ferrous.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from gibbsite import bulk, database

PRESSURE_KBAR = (0.001, 30.0)
TEMPERATURE_C = (800.0, 1700.0)
FACTOR = (0.8, 1.2)
TRACE_WT = 0.05
DATABASE = "T21-Su26"

# Keys of the table of bulks that comes with gibbsite.
BULKS = {
    "high-Ti glass": (
        "high-ti-glass",
        "high-ti-glass-midpoint",
        *(f"high-ti-bead-{i}" for i in range(1, 8)),
    ),
    "low-Ti mare basalt": (
        "apollo-12-12009",
        "apollo-15-15016",
        "apollo-15-15555",
        "apollo-15-green-glass-a",
        "apollo-15-green-glass-c",
    ),
    "high-Ti mare basalt": (
        "apollo-11-10017",
        "apollo-17-74275",
        "apollo-17-71055",
        "apollo-17-orange-glass",
        "apollo-14-black-glass",
    ),
    "Chang'e-5 basalt": ("change-5-basalt",),
    "ilmenite-bearing cumulate": (
        "average-ibc",
        "ibc-lin-91-99-quartz-free",
        "ibc-lin-96",
        "ibc-lin-99",
        "ibc-lin-99-plagioclase",
        "ibc-charlier-100",
        "ibc-rapp-99",
    ),
    "KREEP basalt": ("kreep-15386",),
    "magma-ocean bulk": (
        "moon-twm",
        "moon-twm-rapp",
        "moon-lpum",
        "moon-snyder",
        "moon-elkins-tanton",
        "moon-lin",
        "moon-bsm",
    ),
    "dry peridotite": ("pyrolite", "klb-1", "harzburgite-bp002", "harzburgite-ncfmas"),
    "dry MORB": ("n-morb", "icelandic-basalt", "high-al-basalt"),
}
# No anorthosite is in the table: anorthite with some of a melt that it floated on.
ANORTHITE = {"CaO": 1.0, "Al2O3": 1.0, "SiO2": 2.0}
TRAPPED = {"change-5-basalt": 0.1, "kreep-15386": 0.25}

FAMILIES = (*BULKS, "anorthosite")


class Cloud(NamedTuple):
    """Random points."""

    pressure_kbar: np.ndarray
    """(n,)"""
    temperature_C: np.ndarray
    """(n,)"""
    bulk_mol: np.ndarray
    """(n, C) moles per mole of oxides."""


@cache
def reference_bulks(family, name=DATABASE):
    """Moles of a database's components in each reference bulk of a family, (m, C), sums 1."""
    if family == "anorthosite":
        crystals = bulk(mol=ANORTHITE)
        rocks = [crystals.mix(bulk(key, ignore="outside"), share) for key, share in TRAPPED.items()]
    else:
        rocks = [bulk(key, ignore="outside") for key in BULKS[family]]
    complete = [bulk(wt={o: w or TRACE_WT for o, w in rock.wt.items()}) for rock in rocks]
    return np.array([rock.array(database(name).components) for rock in complete])


def members(family, n, rng, name=DATABASE):
    """Moles of a database's components in n random rocks of a family, (n, C), sums 1."""
    rocks = reference_bulks(family, name)
    first, second = rng.integers(len(rocks), size=(2, n))
    x = rng.random((n, 1))
    mixed = (1.0 - x) * rocks[first] + x * rocks[second]
    there = rocks.any(axis=0)
    mixed[:, there] *= rng.uniform(*FACTOR, size=(n, there.sum()))
    return mixed / mixed.sum(axis=1, keepdims=True)


def cloud(
    family, n, seed=0, *, pressure_kbar=PRESSURE_KBAR, temperature_C=TEMPERATURE_C, name=DATABASE
):
    """Return n random points of a family, the same for the same seed and the same components."""
    rng = np.random.default_rng([seed, FAMILIES.index(family)])
    pressure, temperature = rng.uniform(*pressure_kbar, n), rng.uniform(*temperature_C, n)
    return Cloud(pressure, temperature, members(family, n, rng, name))
