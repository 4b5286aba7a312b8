"""Trace elements along paths: laws that have a formula, balance, and what is not known is named."""

from typing import Any, cast

import numpy as np
import pytest
import xarray as xr

import gibbsite as gb
from gibbsite.errors import InputError

BASALT = gb.bulk(
    wt={"SiO2": 51.5, "TiO2": 1.5, "Al2O3": 14.5, "FeO": 10.5, "MgO": 9.0, "CaO": 11.0, "Na2O": 2.0}
)
D = {"ol": {"Ni": 8.0, "La": 0.001}, "opx": {"Ni": 3.0, "La": 0.003}}
ROCK = {"Ni": 200.0, "La": 5.0}
PHASES = ["liq", "ol", "opx"]


def made_up(mass: np.ndarray, removed: np.ndarray, removal: str, **attrs: object) -> xr.Dataset:
    """A path of melt, olivine and orthopyroxene: masses that take part, and that leave, by step."""
    n = len(mass)
    ids = np.where(mass > 0.0, np.arange(3), -1)
    taken = removed.cumsum(axis=0)
    held = mass - removed + taken
    solid = np.where(np.array(PHASES) == "liq", 0.0, held)
    return xr.Dataset(
        {
            "status": ("step", np.zeros(n, np.int8)),
            "phase_id": (("step", "slot"), ids),
            "mass_fraction": (("step", "slot"), mass / mass.sum(axis=1, keepdims=True)),
            "phase_composition_mol": (("step", "slot", "component"), np.ones((n, 3, 1))),
            "active_mass": ("step", mass.sum(axis=1)),
            "removed_mass": (("step", "phase"), removed),
            "melt_fraction": ("step", held[:, 0]),
            "melt_mole": ("step", held[:, 0]),
            "fluid_fraction": ("step", np.zeros(n)),
            "solid_mass": (("step", "phase"), solid),
        },
        {"phase": PHASES, "component": ["SiO2"]},
        {"process": "made up", "removal": removal, **attrs},
    )


def test_fractional_crystallisation_is_that_of_rayleigh() -> None:
    """Olivine and orthopyroxene at 3 to 1, in few long steps."""
    left = np.array([1.0, 0.9, 0.5, 0.2])
    grown = -np.diff(left, prepend=1.0)
    removed = np.stack([0.0 * left, 0.75 * grown, 0.25 * grown], axis=1)
    mass = removed + np.stack([left, 0.0 * left, 0.0 * left], axis=1)
    run = gb.trace_elements(made_up(mass, removed, "continuous"), ROCK, coefficients=D)
    for element, amount in ROCK.items():
        d = 0.75 * D["ol"][element] + 0.25 * D["opx"][element]
        melt = run.melt_trace.sel(element=element)
        np.testing.assert_allclose(melt, amount * left ** (d - 1.0), rtol=1e-12)
        olivine = run.phase_trace.sel(element=element, phase="ol")[1:]
        np.testing.assert_allclose(olivine, D["ol"][element] * melt[1:], rtol=1e-12)
        cumulate = run.solid_total_trace.sel(element=element)[1:]
        mean = amount * (1.0 - left[1:] ** d) / (1.0 - left[1:])
        np.testing.assert_allclose(cumulate, mean, rtol=1e-12)
    assert float(run.trace_balance_residual.max()) < 1e-12


def test_fractional_melting_is_that_of_shaw() -> None:
    """Non-modal: orthopyroxene melts away, twice as fast as olivine."""
    melted = np.array([0.0, 0.01, 0.05, 0.15])
    gone = np.diff(melted, prepend=0.0)
    removed = np.stack([gone, 0.0 * gone, 0.0 * gone], axis=1)
    solids = np.stack([0.0 * melted, 0.7 - melted / 3.0, 0.3 - 2.0 * melted / 3.0], axis=1)
    run = gb.trace_elements(made_up(solids + removed, removed, "continuous"), ROCK, coefficients=D)
    for element, amount in ROCK.items():
        first = 0.7 * D["ol"][element] + 0.3 * D["opx"][element]
        p = D["ol"][element] / 3.0 + 2.0 * D["opx"][element] / 3.0
        left = 1.0 - p * melted / first
        melt = run.melt_trace.sel(element=element)[1:]
        instantaneous = amount / first * left ** (1.0 / p - 1.0)
        np.testing.assert_allclose(melt, instantaneous[1:], rtol=1e-9)
        pooled = run.melt_total_trace.sel(element=element)[1:]
        whole = amount / melted[1:] * (1.0 - left[1:] ** (1.0 / p))
        np.testing.assert_allclose(pooled, whole, rtol=1e-12)
    assert float(run.trace_balance_residual.max()) < 1e-12


@pytest.mark.parametrize("removal", ["none", "pulses"])
def test_what_is_together_is_in_equilibrium(removal: str) -> None:
    mass = np.array([[0.1, 0.6, 0.3], [0.2, 0.55, 0.25]])
    run = gb.trace_elements(made_up(mass, 0.0 * mass, removal), ROCK, coefficients=D)
    for element, amount in ROCK.items():
        d = np.array([1.0, D["ol"][element], D["opx"][element]])
        np.testing.assert_allclose(
            run.melt_trace.sel(element=element), amount / (mass @ d), rtol=1e-12
        )
    assert float(run.trace_balance_residual.max()) < 1e-12


def test_a_pulse_leaves_with_its_share_of_the_equilibrium() -> None:
    mass = np.array([[0.1, 0.6, 0.3], [0.0, 0.6, 0.3]])
    removed = np.array([[0.1, 0.0, 0.0], [0.0, 0.0, 0.0]])
    run = gb.trace_elements(made_up(mass, removed, "pulses"), ROCK, coefficients=D)
    d = 0.6 * D["ol"]["La"] + 0.3 * D["opx"]["La"]
    melt = ROCK["La"] / (0.1 + d)
    assert float(run.melt_total_trace.sel(element="La")[1]) == pytest.approx(melt, rel=1e-12)
    residue = (ROCK["La"] - 0.1 * melt) / 0.9
    assert float(run.solid_total_trace.sel(element="La")[1]) == pytest.approx(residue, rel=1e-12)


def test_what_is_assimilated_brings_its_elements() -> None:
    left = np.array([1.0, 1.1])
    mass = np.stack([left, 0.0 * left, 0.0 * left], axis=1)
    path = made_up(mass, 0.0 * mass, "continuous", assimilated="granite").assign(
        assimilated_mass=("step", [0.0, 0.1])
    )
    granite = {"La": 40.0, "Ni": 2.0}
    run = gb.trace_elements(path, ROCK, coefficients=D, assimilated=granite)
    lanthanum = run.melt_trace.sel(element="La")
    np.testing.assert_allclose(lanthanum, [5.0, (5.0 + 0.1 * 40.0) / 1.1], rtol=1e-12)
    assert float(run.trace_balance_residual.max()) < 1e-12
    with pytest.raises(InputError, match="assimilates granite"):
        gb.trace_elements(path, ROCK, coefficients=D)
    with pytest.raises(InputError, match="needs Ni, too"):
        gb.trace_elements(path, ROCK, coefficients=D, assimilated={"La": 40.0})


def test_what_is_not_known_is_named_and_never_guessed() -> None:
    mass = np.array([[0.1, 0.6, 0.3]])
    path = made_up(mass, 0.0 * mass, "none")
    with pytest.raises(InputError, match=r"not known for opx \(all\)"):
        gb.trace_elements(path, ROCK, coefficients={"ol": D["ol"]})
    with pytest.raises(InputError, match=r"not known for ol \(Ni\); opx \(Ni\)"):
        gb.trace_elements(path, ROCK, partition="gibson-geist-2010")
    with pytest.raises(InputError, match="did you mean 'gibson-geist-2010'"):
        gb.trace_elements(path, ROCK, partition="gibson-geist")
    with pytest.raises(InputError, match="did you mean 'primitive-mantle-2013'"):
        gb.trace_elements(path, "primitive-mantle", partition="gibson-geist-2010")
    with pytest.raises(InputError, match="is known of Xx"):
        gb.trace_elements(path, ROCK, elements=["Xx"], coefficients=D)
    with pytest.raises(InputError, match="give a set of partition coefficients"):
        gb.trace_elements(path, ROCK)
    with pytest.raises(InputError, match="is -1; it is 0 or more"):
        gb.trace_elements(path, ROCK, coefficients={"ol": {"La": -1.0}})
    with pytest.raises(InputError, match="did you mean 'ol'"):
        gb.trace_elements(path, ROCK, coefficients={**D, "olivine": {"La": 1.0}})
    nowhere = {key: {"La": 0.0, "Ni": 1.0} for key in ("ol", "opx")}
    with pytest.raises(InputError, match="no phase of a step takes up"):
        gb.trace_elements(
            made_up(np.array([[0.0, 0.7, 0.3]]), np.zeros((1, 3)), "none"),
            ROCK,
            coefficients=nowhere,
        )


def test_own_coefficients_go_before_those_of_a_set() -> None:
    mass = np.array([[0.1, 0.6, 0.3]])
    path = made_up(mass, 0.0 * mass, "none")
    run = gb.trace_elements(
        path, {"La": 1.0}, partition="gibson-geist-2010", coefficients={"ol": {"La": 0.5}}
    )
    opx = gb.partition_coefficients("gibson-geist-2010").loc["opx", "La"]
    melt = 1.0 / (0.1 + 0.6 * 0.5 + 0.3 * opx)
    assert float(run.melt_trace.sel(element="La")[0]) == pytest.approx(melt, rel=1e-12)


def test_a_basalt_on_its_way_keeps_its_trace_elements_and_loses_europium() -> None:
    """Plagioclase of the model is named by its composition; its Eu leaves the melt."""
    run = gb.path(
        BASALT, pressure_kbar=1.0, step_C=10.0, largest_share=0.2, until_melt_fraction=0.4,
        database="W24",
    )  # fmt: skip
    rock = {"La": 5.0, "Sm": 3.0, "Eu": 1.0}
    traced = gb.trace_elements(run, rock, partition="fu-jacobsen-2024")
    assert float(traced.trace_balance_residual.max()) < 1e-12
    melt = traced.melt_trace.isel(step=[0, -1])
    np.testing.assert_allclose(melt.isel(step=0), [5.0, 3.0, 1.0], rtol=1e-9)
    grown = (melt.isel(step=1) / melt.isel(step=0)).to_series()
    assert grown["La"] > grown["Sm"] > grown["Eu"] > 1.0
    assert 0.9 / 0.4 < grown["La"] < 1.0 / 0.4
    with pytest.raises(InputError, match="not known for pig"):
        gb.trace_elements(run, rock, partition="gibson-geist-2010")


@pytest.mark.parametrize(
    ("coefficients", "words"),
    [
        ({"ol": {"La": np.inf}}, "is inf; it is 0 or more, and finite"),
        ({"ol": 1.0}, "give a mapping of elements to numbers"),
        ({"liq": {"La": 2.0}}, "those of the melt are 1"),
    ],
)
def test_what_is_no_coefficient_is_refused(coefficients: Any, words: str) -> None:
    run = made_up(np.array([[1.0, 0.0, 0.0]]), np.zeros((1, 3)), "none")
    with pytest.raises(InputError, match=words):
        gb.trace_elements(run, ROCK, coefficients=coefficients)


def test_coefficients_are_a_mapping_of_minerals() -> None:
    run = made_up(np.array([[1.0, 0.0, 0.0]]), np.zeros((1, 3)), "none")
    for given in (cast(Any, "ol"), cast(Any, 3)):
        with pytest.raises(InputError, match="give a mapping of minerals"):
            gb.trace_elements(run, ROCK, coefficients=given)


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputError, match=r"as gibbsite\.path returns it"):
        gb.trace_elements(cast(xr.Dataset, None), ROCK, coefficients=D)


def test_a_path_without_some_of_its_rows_is_refused() -> None:
    """A step takes away what formed since the one before it: without that one it means another thing."""
    run = gb.path(
        BASALT, pressure_kbar=1.0, step_C=10.0, kind="fractional", until_melt_fraction=0.8,
        database="W24",
    )  # fmt: skip
    of_all = {key: {"La": 0.01} for key in [*D, "cpx", "pig", "aug", "fsp", "pl", "spl", "ilm"]}
    whole = gb.trace_elements(run, {"La": 5.0}, coefficients=of_all)
    assert float(whole.trace_balance_residual.max()) < 1e-12
    begun = gb.trace_elements(run.isel(step=slice(0, 4)), {"La": 5.0}, coefficients=of_all)
    np.testing.assert_array_equal(begun.melt_trace, whole.melt_trace[:4])
    for kept in (slice(None, None, 3), slice(4, None)):
        with pytest.raises(InputError, match="rows were left out"):
            gb.trace_elements(run.isel(step=kept), {"La": 5.0}, coefficients=of_all)
    with pytest.raises(InputError, match=r"as gibbsite\.path returns it"):
        gb.trace_elements(run.isel(step=3), {"La": 5.0}, coefficients=of_all)


def test_what_an_open_rock_takes_up_is_no_row_left_out() -> None:
    """Oxygen comes and goes with temperature; lanthanum, the same in all minerals, is Rayleigh's."""
    run = gb.path(
        BASALT, pressure_kbar=1.0, step_C=10.0, until_melt_fraction=0.5,
        database=gb.opened(gb.database("W24"), {"O": "QFM"}),
    )  # fmt: skip
    everything = {key: {"La": 0.05} for key in ("ol", "cpx", "pig", "opx", "fsp", "spl", "ilm")}
    traced = gb.trace_elements(run, {"La": 5.0}, coefficients=everything)
    assert float(traced.trace_balance_residual.max()) < 1e-12
    melt = traced.melt_trace.sel(element="La")
    np.testing.assert_allclose(melt, 5.0 * run.melt_fraction**-0.95, rtol=0.01)
    with pytest.raises(InputError, match="rows were left out"):
        gb.trace_elements(run.isel(step=slice(3, None)), {"La": 5.0}, coefficients=everything)


def test_elements_are_a_list_without_repetition_and_a_path_without_answers_is_refused() -> None:
    run = made_up(np.array([[1.0, 0.0, 0.0]]), np.zeros((1, 3)), "none")
    with pytest.raises(InputError, match="is not a name or a list"):
        gb.trace_elements(run, ROCK, coefficients=D, elements=5)  # type: ignore[arg-type]
    twice = gb.trace_elements(run, ROCK, coefficients=D, elements=["La", "La"])
    assert twice.element.values.tolist() == ["La"]
    with pytest.raises(InputError, match="no step of this path is certified"):
        gb.trace_elements(run.assign(status=run.status + 3), ROCK, coefficients=D)
