"""What a study computes without the minimiser: restoration, rare earths, components, draws."""

import csv
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gibbsite.errors import InputError
from gibbsite_datasets import RARE_EARTHS, load_magma_oceans, load_ranges
from gibbsite_studies.components import compute, mineral_wt, principal_components
from gibbsite_studies.ensemble import draw
from gibbsite_studies.plan import read_study
from gibbsite_studies.rare_earths import (
    coefficients,
    cumulate_pattern,
    europium_anomaly,
    liquid_at_equilibrium,
    liquid_of_fractionation,
    magma_ocean_liquid,
    pattern_of,
)
from gibbsite_studies.restoration import mean_ilmenite, restore
from gibbsite_studies.run import Run
from gibbsite_studies.traces import fractional_traces

DATA = Path(__file__).parents[1] / "data"
MODES = arrays(np.float64, 4, elements=st.floats(0.5, 60.0))


def reference(column: str) -> np.ndarray:
    """Rare earths of a magma ocean [x chondrite], computed elsewhere by the same recipe."""
    with (DATA / "magma_ocean_rare_earths.csv").open(newline="") as file:
        rows = {row["element"]: float(row[column]) for row in csv.DictReader(file)}
    return np.array([rows[element] for element in RARE_EARTHS])


@pytest.mark.slow
@given(MODES, st.floats(0.01, 1.0), st.floats(0.0, 40.0))
def test_restoring_gives_back_the_rock_when_what_floated_floats_again(modes, residual, quartz):
    whole = restore(modes, residual, quartz)
    assert whole.sum() == pytest.approx(100.0)
    assert whole[4] == pytest.approx(quartz)
    left = whole[:4] * [1.0, 1.0, residual, 1.0]
    np.testing.assert_allclose(left / left.sum(), modes / modes.sum(), rtol=1e-12)


def test_restoring_the_stand_in_by_hand() -> None:
    # 36.51 cpx, 30.20 ilm, 23.72 fsp, 9.09 ol: T = (76.17 + 23.83 / 0.25) / 0.885 = 193.8
    whole = restore(np.array([36.51, 30.20, 23.72, 9.09]), 0.25, 11.5)
    assert whole[1] == pytest.approx(100.0 * 30.346 / 193.77, abs=0.01)


@given(arrays(np.float64, 14, elements=st.floats(0.0, 3.0)), st.floats(0.05, 1.0))
def test_trace_elements_are_conserved_at_equilibrium(d, left):
    liquid = liquid_at_equilibrium(np.ones(14), d, left)
    np.testing.assert_allclose(liquid * left + d * liquid * (1.0 - left), 1.0, rtol=1e-12)


@given(arrays(np.float64, 14, elements=st.floats(0.0, 3.0)), st.floats(0.1, 1.0), st.floats(0.1, 1))
def test_fractionation_in_two_steps_is_that_in_one(d, first, second):
    once = liquid_of_fractionation(np.ones(14), d, first * second)
    twice = liquid_of_fractionation(liquid_of_fractionation(np.ones(14), d, first), d, second)
    np.testing.assert_allclose(once, twice, rtol=1e-9)


def test_the_magma_ocean_gives_the_liquid_and_the_cumulates_of_another_program() -> None:
    plan = read_study("high-ti-glass").rare_earths
    assert plan is not None
    ocean = load_magma_oceans()[plan.sequence]
    initial = pattern_of(plan.magma_ocean, plan.chondrite)
    liquid = magma_ocean_liquid(ocean, initial, plan.equilibrium_to, plan.cumulate_at)
    np.testing.assert_allclose(liquid, reference("L95"), rtol=2e-3)
    solid = coefficients(ocean.steps[-1].modes_wt) * liquid
    np.testing.assert_allclose(solid, reference("C95"), rtol=2e-3)
    np.testing.assert_allclose(cumulate_pattern(plan), reference("C95_TIRL5"), rtol=2e-3)


def test_kreep_in_the_cumulate_raises_the_level_and_lowers_the_anomaly() -> None:
    plan = read_study("high-ti-glass").rare_earths
    assert plan is not None
    cumulate, kreep = cumulate_pattern(plan), pattern_of("kreep-15386", plan.chondrite)
    anomalies = [europium_anomaly((1 - f) * cumulate + f * kreep) for f in (0.0, 0.1, 0.3, 0.5)]
    assert anomalies == sorted(anomalies, reverse=True)
    # known for 30 % of this KREEP: mean 69 x chondrite, anomaly 0.30
    mixture = 0.7 * cumulate + 0.3 * kreep
    assert mixture.mean() == pytest.approx(69.0, abs=0.5)
    assert anomalies[2] == pytest.approx(0.30, abs=0.005)


def test_a_mineral_without_coefficients_is_an_error_and_quartz_takes_none() -> None:
    with pytest.raises(ValueError, match="no partition coefficients for 'zircon'"):
        coefficients({"zircon": 1.0})
    half = coefficients({"ol": 50.0, "qtz": 50.0})
    np.testing.assert_allclose(half, 0.5 * coefficients({"ol": 1.0}))


def test_mean_ilmenite_counts_from_the_first_step_that_has_it() -> None:
    oceans = load_magma_oceans()
    # (5.3 * 5 + 2.6 * 12) / 7.9
    assert mean_ilmenite(oceans["lin-2017"]) == pytest.approx(7.304, abs=1e-3)
    assert np.isnan(mean_ilmenite(oceans["schmidt-kraettli-2022"]))


@given(arrays(np.float64, (9, 4), elements=st.floats(-10.0, 10.0), unique=True))
def test_principal_components_rebuild_the_data(oxides):
    found = principal_components(oxides)
    rebuilt = found.mean + found.scores @ found.loadings * found.deviation
    np.testing.assert_allclose(rebuilt, oxides, atol=1e-8)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, np.eye(4), atol=1e-9)
    assert found.explained.sum() == pytest.approx(1.0)
    assert (np.diff(found.explained) <= 1e-12).all()
    np.testing.assert_allclose(found.project(oxides), found.scores, atol=1e-9)


def test_ilmenite_and_anorthite_are_what_they_are() -> None:
    assert mineral_wt("ilmenite", ["TiO2", "FeO"]) == pytest.approx([52.65, 47.35], abs=0.01)
    anorthite = mineral_wt("plagioclase", ["SiO2", "Al2O3", "CaO"])
    assert anorthite == pytest.approx([43.19, 36.65, 20.16], abs=0.01)


def test_draws_lie_in_their_ranges_and_depend_on_the_seed_alone() -> None:
    ranges = load_ranges()["high-ti-beads"]
    low, high = np.array(list(ranges.bounds_wt.values())).T
    drawn = draw(ranges, 200, (97.0, 103.0), 7)
    assert ((low <= drawn) & (drawn <= high)).all()
    assert drawn.sum(axis=1).min() >= 97.0
    assert drawn.sum(axis=1).max() <= 103.0
    # uniform: of 200 draws about a half lie in the lower half of the range of potassium
    potassium = drawn[:, list(ranges.bounds_wt).index("K2O")]
    assert 70 < (potassium < 0.16).sum() < 130
    np.testing.assert_array_equal(drawn, draw(ranges, 200, (97.0, 103.0), 7))
    assert (drawn != draw(ranges, 200, (97.0, 103.0), 8)).any()


def test_totals_that_no_draw_has_are_refused() -> None:
    with pytest.raises(InputError, match=r"total_wt = \[10.0, 11.0\]"):
        draw(load_ranges()["high-ti-beads"], 2, (10.0, 11.0), 1)


def test_an_oxide_without_spread_is_refused(tmp_path: Path) -> None:
    whole = read_study("high-ti-glass")
    assert whole.components is not None
    # Cl is in none of these rocks
    part = whole.components.model_copy(update={"oxides": ["SiO2", "TiO2", "Cl"]})
    with pytest.raises(InputError, match="Cl is the same in all rocks"):
        compute(Run(whole.model_copy(update={"components": part}), tmp_path), {})


@pytest.mark.parametrize(
    ("phase", "calcium", "as_if"),
    [("cpx", 0.20, "cpx"), ("cpx", 0.05, "pig"), ("opx", 0.02, "opx"), ("opx", 0.22, "cpx")],
)
def test_a_pyroxene_shares_rare_earths_by_its_calcium(
    phase: str, calcium: float, as_if: str
) -> None:
    """Moles of CaO; the rest of the M sites is magnesium and iron in equal parts."""
    rest = (0.5 - calcium) / 2.0
    mol = [[[0.0] * 4], [[calcium, rest, rest, 0.5]]]
    walk = xr.Dataset(
        {
            "melt_fraction": ("step", [0.9]),
            "removed_mass": (("step", "phase"), [[0.0, 0.1]]),
            "removed_composition_mol": (("phase", "step", "component"), mol),
        },
        {"phase": ["liq", phase], "component": ["CaO", "FeO", "MgO", "SiO2"]},
    ).transpose("step", ...)
    found = fractional_traces(walk)[list(RARE_EARTHS)].iloc[0].to_numpy()
    expected = liquid_of_fractionation(np.ones(14), coefficients({as_if: 1.0}), 0.9)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
