"""Rock families, and random rocks of them: what benchmarks measure on and tests search in.

A random rock is a mixture of two bulks of its family, each oxide times a factor of its own. An
oxide that a published analysis leaves blank counts as a trace: so all nine oxides are there. They
are dry, and their iron is ferrous; those of the wet families may have water and ferric iron.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from gibbsite import bulk, database

PRESSURE_KBAR = (0.001, 30.0)
TEMPERATURE_C = (800.0, 1700.0)
FACTOR = (0.8, 1.2)
TRACE_WT = 0.05
TRACE_MOL = 5e-4  # per mole of oxides
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
    ),
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
TRAPPED = {"apollo-12-12009": 0.1, "kreep-15386": 0.25}

FAMILIES = (*BULKS, "anorthosite")

# Of the Earth's crust and mantle; where each comes from is said in the table of bulks.
WET_BULKS = {
    "pelite": ("world-median-pelite", "white-pelite"),
    "greywacke": ("upper-crust", "migmatite-av0832a"),
    "amphibolite": (
        "world-median-metabasite",
        "oxidised-morb",
        "amphibolite-sqa",
        "greenstone-478",
    ),
    "basalt": ("n-morb", "icelandic-basalt", "high-al-basalt"),
    "granite": ("tonalite-101", "upper-crust"),
    "peridotite": ("pyrolite", "klb-1", "harzburgite-bp002"),
    "serpentinite": ("serpentinite-oxidised", "serpentinite-reduced", "harzburgite-bp002"),
}


class Ranges(NamedTuple):
    """Rocks of what families a database is asked for, and where."""

    families: tuple
    pressure_kbar: tuple
    temperature_C: tuple


_CRUST = Ranges(tuple(WET_BULKS)[:-1], (1.0, 20.0), (300.0, 1200.0))
WET_RANGES = {
    "W14": _CRUST,
    "G16": _CRUST,
    "G25": _CRUST,
    "EF21": Ranges(("serpentinite",), (1.0, 30.0), (200.0, 800.0)),
}
DRY, SOME, EXCESS = range(3)
WATER_SHARES = (0.2, 0.4, 0.4)
WATER_WT = (0.05, 5.0)
EXCESS_MOL = 1.0  # per mole of all other oxides
FERROUS_SHARE = 0.3  # of all rocks: no oxygen beyond FeO
FERRIC = (0.001, 0.5)  # share of ferric iron of the others


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


@cache
def wet_bulks(family, name):
    """Moles of a database's components in the bulks of a wet family, (m, C), sums 1; no water, no O."""
    components = database(name).components
    rocks = [bulk(key, ignore="outside").within(components) for key in WET_BULKS[family]]
    made = np.array([rock.array(components) for rock in rocks])
    made[:, [components.index(c) for c in ("O", "H2O")]] = 0.0
    given = [components.index(c) for c in components if c not in ("O", "H2O")]
    made[:, given] += np.where(made[:, given] > 0.0, 0.0, TRACE_MOL)
    return made / made.sum(axis=1, keepdims=True)


def wet_cloud(name, n, seed=0):
    """Return n random points of all wet families of a database, mixed, and the family of each.

    A fifth of the rocks is dry, two have water of 0.05 to 5 wt%, two of it in excess; three in ten
    have no oxygen beyond FeO, the others up to half of their iron ferric.
    """
    ranges, rng = WET_RANGES[name], np.random.default_rng([seed, len(FAMILIES)])
    components = database(name).components
    iron, oxygen, water = (components.index(c) for c in ("FeO", "O", "H2O"))
    masses = np.array(database(name).molar_masses)
    family = rng.integers(len(ranges.families), size=n)
    rocks = np.empty((n, len(components)))
    for k, each in enumerate(ranges.families):
        known, where = wet_bulks(each, name), np.flatnonzero(family == k)
        first, second = rng.integers(len(known), size=(2, len(where)))
        x = rng.random((len(where), 1))
        rocks[where] = (1.0 - x) * known[first] + x * known[second]
    rocks *= rng.uniform(*FACTOR, size=rocks.shape)
    ferric = np.where(rng.random(n) < FERROUS_SHARE, 0.0, rng.uniform(*FERRIC, n))
    rocks[:, oxygen] = 0.5 * ferric * rocks[:, iron]
    share = rng.uniform(*WATER_WT, n) / 100.0
    moles = (rocks @ masses) * share / (1.0 - share) / masses[water]
    kind = rng.choice(3, n, p=WATER_SHARES)
    rocks[:, water] = np.choose(kind, [np.zeros(n), moles, EXCESS_MOL * rocks.sum(axis=1)])
    rocks /= rocks.sum(axis=1, keepdims=True)
    pressure, temperature = (
        rng.uniform(*ends, n) for ends in (ranges.pressure_kbar, ranges.temperature_C)
    )
    return Cloud(pressure, temperature, rocks), np.array(ranges.families)[family]
