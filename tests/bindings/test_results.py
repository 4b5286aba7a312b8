"""The order of phases and of their instances: by composition alone."""

from itertools import permutations

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._solving.results import slot_order

# Of two instances, the first by its number; oxides not named are absent from both.
PAIRS = {
    "no calcium and no aluminium, so magnesium decides": (
        "opx",
        {"MgO": 0.40, "FeO": 0.10, "SiO2": 0.50},
        {"MgO": 0.15, "FeO": 0.35, "SiO2": 0.50},
    ),
    "the same calcium and aluminium": (
        "cpx",
        {"CaO": 0.10, "Al2O3": 0.05, "MgO": 0.30, "SiO2": 0.55},
        {"CaO": 0.10, "Al2O3": 0.05, "MgO": 0.20, "SiO2": 0.65},
    ),
    "the same calcium": (
        "cpx",
        {"CaO": 0.10, "Al2O3": 0.05, "MgO": 0.20, "SiO2": 0.65},
        {"CaO": 0.10, "Al2O3": 0.01, "MgO": 0.30, "SiO2": 0.59},
    ),
    "calcium before all": (
        "cpx",
        {"CaO": 0.20, "MgO": 0.10, "SiO2": 0.70},
        {"CaO": 0.10, "Al2O3": 0.10, "MgO": 0.30, "SiO2": 0.50},
    ),
    "feldspars by calcium, then sodium": (
        "fsp",
        {"Na2O": 0.12, "K2O": 0.02, "SiO2": 0.86},
        {"Na2O": 0.02, "K2O": 0.12, "SiO2": 0.86},
    ),
}


@pytest.mark.parametrize("case", PAIRS)
def test_instances_are_numbered_by_composition_whatever_their_slots(case):
    phase, *compositions = PAIRS[case]
    data = gb.database("T21-Su26")
    rows = np.array([[each.get(c, 0.0) for c in data.components] for each in compositions])
    number = data.phase_names.index(phase)
    for slots in permutations(range(3)):  # two instances, and an empty slot
        ids, fractions = np.full((1, 3), -1), np.zeros((1, 3, len(data.components)))
        ids[0, list(slots[:2])] = number
        fractions[0, list(slots[:2])] = rows
        order, instance = slot_order(data, ids, fractions)
        assert list(order[0]) == list(slots)
        assert list(instance[0]) == [0, 1, 0]
