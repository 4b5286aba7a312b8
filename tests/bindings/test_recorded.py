"""A result knows its database again, whichever phases and models took part."""

import numpy as np
import pytest

import gibbsite as gb

ROCK = gb.bulk(
    wt={
        "SiO2": 50.0, "TiO2": 1.5, "Al2O3": 15.0, "FeO": 10.0, "MgO": 7.5, "CaO": 11.0, "Na2O": 2.7,
        "K2O": 0.3, "H2O": 2.0,
    },
    ferric=0.15,
)  # fmt: skip


@pytest.mark.parametrize(
    "how",
    [{}, {"choose": ["aug"]}, {"exclude": ["ab"]}, {"choose": ["aug"], "exclude": ["ab", "q"]}],
    ids=str,
)
def test_properties_follow_from_a_list_of_any_choice_of_phases(how):
    data = gb.database("G16", **how)
    found = gb.equilibria(
        ROCK, pressure_kbar=7.0, temperature_C=[650.0], database=data, errors="status"
    )
    density = found.gb.property("density").values
    np.testing.assert_allclose(density, found["density"].values, rtol=1e-9)
