"""What is given is of the kind it has to be: no text for numbers, no masked values, no impossible rock."""

import re

import numpy as np
import pytest
import xarray as xr

import gibbsite as gb
from gibbsite._inputs.composition import as_moles
from gibbsite._inputs.given import names, number, numbers, whole_number
from gibbsite._solving.points import as_points
from gibbsite.errors import InputError

DATA = gb.database("W24")
KLB = gb.bulk("klb-1", ignore="outside")
MOLES = KLB.array(DATA.components)
OXYGEN, IRON = DATA.components.index("O"), DATA.components.index("FeO")
MOST = 0.5 * MOLES[IRON]
"""Oxygen that makes all iron ferric, Fe2O3 = 2 FeO + O [mol]."""


def with_oxygen(amount):
    """KLB-1 with some oxygen beyond FeO [mol], of whatever sum."""
    moles = MOLES.copy()
    moles[OXYGEN] = amount
    return moles


def bulks_of(rows, form):
    if form == "DataArray":
        return xr.DataArray(
            rows, dims=("point", "component"), coords={"component": list(DATA.components)}
        )
    return rows


@pytest.mark.parametrize("form", ["array", "DataArray"])
def test_an_array_of_bulks_may_hold_no_more_oxygen_than_the_iron_takes(form):
    rows = np.array([with_oxygen(0.0), with_oxygen(MOST), with_oxygen(1.0)])
    with pytest.raises(InputError) as told:
        as_points(DATA, bulks_of(rows, form), 10.0, 1200.0)
    with pytest.raises(InputError) as alone:
        gb.bulk(mol=dict(zip(DATA.components, rows[2].tolist(), strict=True)))
    assert str(told.value) == f"bulk 2: {alone.value}"
    assert "O = 1 mol is more oxygen than the iron can take up" in str(told.value)
    points = as_points(DATA, bulks_of(rows, form), 10.0, 1200.0, "status")
    assert points.good.tolist() == [True, True, False]


def test_a_solver_refuses_such_a_bulk():
    with pytest.raises(InputError, match=r"bulk 0: O = 1 mol is more oxygen than the iron"):
        gb.Solver("W24").task_bulk(with_oxygen(1.0))


def test_masked_numbers_are_none():
    masked = np.ma.masked_array([10.0, 12.0], mask=[False, True])
    points = as_points(DATA, KLB, masked, 1200.0, "status")
    assert points.good.tolist() == [True, False]
    with pytest.raises(InputError, match="point 1: pressure_kbar = nan is outside"):
        as_points(DATA, KLB, masked, 1200.0)
    rows = np.ma.masked_array(np.array([MOLES, MOLES]), mask=False)
    rows[1, IRON] = np.ma.masked
    with pytest.raises(InputError, match="bulk 1 holds nan mol of FeO"):
        as_points(DATA, rows, 10.0, 1200.0)
    assert as_points(DATA, rows, 10.0, 1200.0, "status").good.tolist() == [True, False]
    with pytest.raises(InputError, match="bulk 1 holds nan mol of FeO"):
        gb.Solver("W24").solve(np.full(2, 10.0), np.full(2, 1200.0), rows)


@pytest.mark.parametrize("value", [True, "6", [True, 5.0], ["6"], [None], 6j, np.array([True])])
def test_text_and_truth_are_no_numbers(value):
    with pytest.raises(InputError, match=r"pressure_kbar = .* is not a number"):
        gb.equilibria(KLB, pressure_kbar=value, temperature_C=1200.0, database=DATA)
    if np.size(value) == 1:
        with pytest.raises(InputError, match=r"temperature_C = .* is not a number"):
            gb.equilibrium(KLB, pressure_kbar=10.0, temperature_C=value, database=DATA)


def test_numbers_of_any_kind_are_taken():
    for value in (6, 6.0, np.float32(6.0), np.int64(6), np.array(6)):
        assert number("x", value) == 6.0
    assert numbers("x", [[1, 2.5], (3, 4)]).tolist() == [[1.0, 2.5], [3.0, 4.0]]
    assert numbers("x", xr.DataArray([1, 2])).dtype == np.float64
    assert names("x", "ol") == ("ol",)
    assert names("x", None) == ()
    assert whole_number("x", np.int64(2)) == 2


WRONG = {
    "a number for a name": lambda: gb.bulk(5),
    "text for an amount": lambda: gb.bulk(wt={"SiO2": "45"}),
    "truth for an amount": lambda: gb.bulk(wt={"SiO2": True}),
    "text for a share": lambda: gb.bulk("klb-1", ferric="0.1"),
    "truth for a share": lambda: gb.bulk("klb-1", ferric=True),
    "text for water": lambda: gb.bulk("klb-1", water="5"),
    "truth for water": lambda: gb.bulk("klb-1", water=True),
    "a number to ignore": lambda: gb.bulk("klb-1", ignore=5),
    "a number for a rock's name": lambda: gb.bulk(wt={"SiO2": 1.0}, name=5),
    "no rock": lambda: gb.equilibrium(None, pressure_kbar=1, temperature_C=1200, database="W24"),
    "no database": lambda: gb.equilibrium(KLB, pressure_kbar=1, temperature_C=1200, database=5),
    "endless entropy": lambda: gb.equilibrium(KLB, pressure_kbar=1, entropy=np.inf, database="W24"),
    "threads by name": lambda: gb.equilibria(
        KLB, pressure_kbar=1, temperature_C=1200, database="W24", workers="2"
    ),
    "a number to keep": lambda: gb.equilibria(
        KLB, pressure_kbar=1, temperature_C=1200, database="W24", keep=5
    ),
    "a number for derivatives": lambda: gb.equilibria(
        KLB, pressure_kbar=1, temperature_C=1200, database="W24", derivatives=5
    ),
    "a section of a name": lambda: gb.Section.pressure_temperature(
        "klb-1", pressure_kbar=(1.0, 2.0, 3), temperature_C=(900.0, 1000.0, 3), database="W24"
    ),
    "a section between nothing": lambda: gb.Section.temperature_composition(
        KLB, None, pressure_kbar=1.0, temperature_C=(900.0, 1000.0, 3), steps=3, database="W24"
    ),
    "a section at no pressure": lambda: gb.Section.temperature_composition(
        KLB, KLB, pressure_kbar=None, temperature_C=(900.0, 1000.0, 3), steps=3, database="W24"
    ),
    "a section with a number open": lambda: gb.Section.pressure_temperature(
        KLB,
        pressure_kbar=(1.0, 2.0, 3),
        temperature_C=(900.0, 1000.0, 3),
        database="W24",
        open=5,
    ),
    "a section with a number left out": lambda: gb.Section.pressure_temperature(
        KLB,
        pressure_kbar=(1.0, 2.0, 3),
        temperature_C=(900.0, 1000.0, 3),
        database="W24",
        exclude=5,
    ),
    "a number for a file": lambda: gb.open(5),
    "a number for a section": lambda: gb.Section.from_toml(5),
    "no text": lambda: gb.Section.from_text(None),
    "nothing to compute": lambda: gb.compute(None, "out.h5"),
    "a number for a table": lambda: gb.rocks(5),
    "a number among rocks": lambda: gb.rocks({"a": 5}),
    "a mixture with nothing": lambda: KLB.mix(None, 0.5),
    "a mixture by name": lambda: KLB.mix(KLB, "half"),
    "a path of nothing": lambda: gb.path(None, pressure_kbar=1.0, database="W24"),
    "a lookup of nothing": lambda: gb.table(
        None, (1, 2), (900, 1000), ["liq"], 0.1, database="W24"
    ),
    "a lookup of one pressure": lambda: gb.table(KLB, 1, (900, 1000), ["liq"], 0.1, database="W24"),
    "a solver of nothing": lambda: gb.Solver(None),
    "a solver of half a thread": lambda: gb.Solver("W24", workers=0.5),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_wrong_kind_of_thing_is_refused_in_words(what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(gb.GibbsiteError) as told:
        WRONG[what]()
    assert len(str(told.value)) > 15


def test_a_share_of_ferric_iron_needs_iron():
    with pytest.raises(
        InputError, match=r"ferric = 0.2 is a share of all iron, and the rock holds"
    ):
        gb.bulk(wt={"SiO2": 60.0, "MgO": 40.0}, ferric=0.2)
    assert gb.bulk(wt={"SiO2": 60.0, "MgO": 40.0}, ferric=0.0).assumed == ()


@pytest.mark.parametrize("amount", [1e308, 1e51, 1e-60, 1e-320])
def test_amounts_that_no_rock_has_are_told(amount):
    with pytest.raises(InputError, match=f"SiO2 = {re.escape(f'{amount:g}')} wt% is"):
        gb.bulk(wt={"SiO2": amount, "MgO": amount})
    with pytest.raises(InputError, match=f"bulk 0: SiO2 = {re.escape(f'{amount:g}')} mol is"):
        as_moles(np.array([[amount, amount]]), ("SiO2", "MgO"))


@pytest.mark.parametrize("amount", [1e40, 1e-40])
def test_moles_may_be_of_any_sum_that_is_a_number(amount):
    rows = as_moles(amount * np.array([[1.0, 3.0]]), ("SiO2", "MgO"))
    np.testing.assert_allclose(rows, [[0.25, 0.75]], rtol=1e-15)
    rock = gb.bulk(mol={"SiO2": amount, "MgO": 3.0 * amount})
    np.testing.assert_allclose([rock.mol["SiO2"], rock.mol["MgO"]], [0.25, 0.75], rtol=1e-15)


@pytest.mark.parametrize("given", ["only", "exclude", "choose", "windows"])
def test_what_a_database_is_asked_for_must_be_names(given):
    with pytest.raises(InputError, match=f"{given} = 5 is not"):
        gb.database("W24", **{given: 5})
