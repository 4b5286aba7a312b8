"""Ratios of cations, of minerals whose ratios are known by their formulas."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite.errors import InputError

# Moles of oxides in one formula, and the ratios of such a mineral [mol%].
MINERALS = {
    "forsterite": ({"MgO": 2.0, "SiO2": 1.0, "FeO": 0.0}, {"Fo": 100.0, "Mg#": 100.0}),
    "Fo 90": ({"MgO": 1.8, "FeO": 0.2}, {"Fo": 90.0}),
    "diopside": ({"CaO": 1.0, "MgO": 1.0, "FeO": 0.0}, {"Wo": 50.0, "En": 50.0, "Fs": 0.0}),
    "hedenbergite": ({"CaO": 1.0, "MgO": 0.0, "FeO": 1.0}, {"Wo": 50.0, "En": 0.0, "Fs": 50.0}),
    "albite": ({"CaO": 0.0, "Na2O": 0.5, "K2O": 0.0}, {"Ab": 100.0, "An": 0.0, "Or": 0.0}),
    "andesine": ({"CaO": 0.4, "Na2O": 0.3, "K2O": 0.0}, {"An": 40.0, "Ab": 60.0}),
    "sanidine": ({"CaO": 0.0, "Na2O": 0.1, "K2O": 0.4}, {"Or": 80.0, "Ab": 20.0}),
}


@pytest.mark.parametrize("mineral", MINERALS)
def test_ratios_of_minerals_are_those_of_their_formulas(mineral):
    oxides, ratios = MINERALS[mineral]
    for name, value in ratios.items():
        assert gb.cation_ratio(name, oxides) == pytest.approx(value)


def test_many_minerals_at_once_and_nothing_where_there_is_none():
    found = gb.cation_ratio("Fo", {"MgO": np.array([1.0, 3.0, 0.0]), "FeO": [1.0, 1.0, 0.0]})
    np.testing.assert_array_equal(found, [50.0, 75.0, np.nan])


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="no ratio 'fo': did you mean 'Fo'"):
        gb.cation_ratio("fo", {"MgO": 1.0, "FeO": 1.0})
    with pytest.raises(InputError, match="ratio An needs Na2O"):
        gb.cation_ratio("An", {"CaO": 1.0})
