"""Accepted pressures and temperatures, and near names for misspelt ones."""

from math import inf, nan

import numpy as np
import pytest

from gibbsite._inputs.composition import bulk
from gibbsite._inputs.database import database
from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError


def test_the_ends_of_the_range_are_in_it() -> None:
    check_pressure_kbar([0.001, 60.0])
    check_temperature_C(np.array([[200.0], [2200.0]]))
    check_pressure_kbar([])


@pytest.mark.parametrize("value", [0.0009, 60.1, -1.0, nan, inf, -inf])
def test_a_pressure_outside_is_named_with_the_range(value: float) -> None:
    with pytest.raises(
        InputError, match=r"outside the accepted range, 0\.001 to 60 kbar"
    ) as caught:
        check_pressure_kbar([3.0, value, 4.0])
    assert f"{value:g} " in str(caught.value)


@pytest.mark.parametrize("value", [199.0, 2201.0, nan])
def test_a_temperature_outside_is_named_with_the_range(value: float) -> None:
    with pytest.raises(InputError, match=f"temperature_C = {value:g} .* 200 to 2200 °C"):
        check_temperature_C(value)


def test_what_is_no_number_is_said_to_be_none() -> None:
    with pytest.raises(InputError, match="temperature_C = 'hot' is not a number in °C"):
        check_temperature_C("hot")


def test_near_names_are_found_whatever_their_case() -> None:
    assert did_you_mean("SIO2", ["SiO2", "TiO2"]) == "did you mean 'SiO2'?"
    assert did_you_mean("xyz", ["SiO2", "TiO2"]) == "known are SiO2, TiO2."


def test_words_joined_in_another_order_are_the_same_name() -> None:
    kinds = ["temperature-composition", "pressure-temperature", "pressure-composition"]
    for word in ("temperature-pressure", "Temperature_Pressure", "temperature-presure"):
        assert did_you_mean(word, kinds) == "did you mean 'pressure-temperature'?"
    assert did_you_mean("b-a", ["a-b", "b-a"]) == "did you mean 'b-a'?"
    assert did_you_mean("a-b", ["a-b", "b-a"]) == "did you mean 'a-b'?"
    assert did_you_mean("x", []) == "known are ."


def test_no_message_is_a_wall_of_names() -> None:
    many = did_you_mean("xyz", [f"name-{i}" for i in range(100)])
    assert many.endswith("name-29, and 70 more.")
    with pytest.raises(InputError, match=r"gibbsite\.rock_names\(\) lists them") as raised:
        bulk("olivine")
    assert len(str(raised.value)) < 200


def test_another_unit_is_recognised():
    with pytest.raises(InputError, match="15000 bar is 15 kbar"):
        check_pressure_kbar(15_000.0)
    with pytest.raises(InputError, match=r"2273\.15 K is 2000 °C"):
        check_temperature_C(2273.15)
    with pytest.raises(InputError, match=r"1500 bar is 1\.5 kbar, 1500 MPa is 15 kbar\.$"):
        check_pressure_kbar(1500.0)
    with pytest.raises(InputError, match=r"1e\+09 Pa is 10 kbar\.$"):
        check_pressure_kbar(1e9)
    with pytest.raises(InputError, match=r"0\.001 to 60 kbar\.$"):
        check_pressure_kbar(1e12)


@pytest.mark.parametrize("word", ["olivine", "Olivine", "Ol"])
def test_a_phase_by_its_name_in_words_is_recognised(word):
    with pytest.raises(InputError, match="did you mean 'ol'"):
        database("W24", exclude=[word])
