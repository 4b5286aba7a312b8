"""Where rocks begin and end to melt."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite.errors import InfeasibleError, InputError

pytestmark = pytest.mark.compiled

GLASS = gb.bulk("high-ti-glass")
IBC = gb.bulk("average-ibc")


@pytest.mark.parametrize(
    ("database", "x", "temperature_C"),
    [
        ("T21-Su26", 0.0, 1142.4),
        ("T21-Su26", 0.5, 1092.3),
        ("T21-Su26", 1.0, 1101.9),
        ("T21", 0.0, 1181.0),
        ("T21", 0.5, 1118.8),
        ("T21", 1.0, 1125.7),
    ],
)
def test_first_melt_along_the_mixing_line(database, x, temperature_C):
    """Roots found by an independent implementation, 3 kbar."""
    found = gb.melting_interval(IBC.mix(GLASS, x), pressure_kbar=3.0, database=database).solidus_C[
        0
    ]
    assert found == pytest.approx(temperature_C, abs=0.3)


def test_many_rocks_melt_where_each_of_them_has_its_first_and_its_last_melt():
    rocks = [GLASS, IBC, gb.bulk("high-ti-bead-3")]
    found = gb.melting_interval(rocks, pressure_kbar=3.0, database="T21-Su26")
    for rock, temperature in zip(rocks, found.solidus_C, strict=True):
        for off, there in ((-0.002, False), (0.002, True)):
            near = gb.equilibrium(
                rock, pressure_kbar=3.0, temperature_C=temperature + off, database="T21-Su26"
            )
            assert ("liq" in near.assemblage) == there
    # spinel of the first outlasts everything; the second is molten above its liquidus, not below
    assert list(np.isinf(found.liquidus_C[:2])) == [True, False]
    for shift, phases in ((0.1, {"liq"}), (-0.1, {"liq", "cpx"})):
        answer = gb.equilibrium(
            rocks[1],
            pressure_kbar=3.0,
            temperature_C=found.liquidus_C[1] + shift,
            database="T21-Su26",
        )
        assert set(answer.assemblage) == phases


def test_a_rock_at_many_pressures_is_the_same_as_at_each():
    pressures = [0.001, 3.0]
    together = gb.melting_interval(IBC, pressure_kbar=pressures, database="T21-Su26")
    for i, pressure in enumerate(pressures):
        assert (
            gb.melting_interval(IBC, pressure_kbar=pressure, database="T21-Su26").solidus_C
            == together.solidus_C[i]
        )


def test_an_end_beyond_the_range_is_infinite():
    low = gb.melting_interval(
        IBC, pressure_kbar=3.0, temperature_C=(900.0, 950.0), database="T21-Su26"
    )
    assert (low.solidus_C[0], low.liquidus_C[0]) == (np.inf, np.inf)
    inside = gb.melting_interval(
        IBC, pressure_kbar=3.0, temperature_C=(1200.0, 1250.0), database="T21-Su26"
    )
    assert (inside.solidus_C[0], inside.liquidus_C[0]) == (-np.inf, np.inf)


@pytest.mark.parametrize("oxide", ["FeO", "CaO"])
def test_a_rock_that_no_phases_make_has_no_interval(oxide):
    """Of iron alone not one phase is made, so that there is none whose energy could end."""
    rocks = [gb.bulk(mol={oxide: 1.0}), IBC]
    found = gb.melting_interval(rocks, pressure_kbar=3.0, database="W24")
    assert np.isnan([found.solidus_C[0], found.liquidus_C[0]]).all()
    assert found.solidus_C[1] < found.liquidus_C[1]
    with pytest.raises(InfeasibleError, match=f"cannot make this bulk: it holds more {oxide} than"):
        gb.path(rocks[0], pressure_kbar=3.0, database="W24")


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="no range within the accepted"):
        gb.melting_interval(
            IBC, pressure_kbar=3.0, temperature_C=(1600.0, 1500.0), database="T21-Su26"
        )
    for given in (1500.0, None, (1200.0, 1300.0, 1400.0)):
        with pytest.raises(InputError, match="temperature_C = "):
            gb.melting_interval(IBC, pressure_kbar=3.0, temperature_C=given, database="T21-Su26")
    with pytest.raises(InputError, match="pressure_kbar = -1 is outside"):
        gb.melting_interval(IBC, pressure_kbar=-1.0, database="T21-Su26")
    with pytest.raises(InputError, match="has no melt"):
        gb.melting_interval(
            IBC, pressure_kbar=3.0, database=gb.database("T21-Su26").restrict(exclude=["liq"])
        )


def test_a_range_that_goes_beyond_an_equation_of_state_is_looked_through_up_to_there():
    """That of brucite, of which titanium biotite of G25 is made, ends at 1756 degC."""
    dry = gb.bulk("n-morb", ignore="outside")
    rocks = [dry.mix(gb.bulk(mol={"H2O": 1.0}), 0.02), dry]
    found = gb.melting_interval(rocks, pressure_kbar=5.0, database="G25")
    assert np.isfinite(found).all()
    assert found.solidus_C[0] < found.solidus_C[1] - 100.0
    narrow = gb.melting_interval(
        rocks, pressure_kbar=5.0, temperature_C=(700.0, 1500.0), database="G25"
    )
    np.testing.assert_allclose(found, narrow, atol=2e-3)
