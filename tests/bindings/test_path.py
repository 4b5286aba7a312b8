"""Paths of crystallisation and melting: balance, ends, equilibria along them, and steps."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

import gibbsite as gb
from gibbsite.errors import InputError

P_KBAR = 1.0
BASALT = gb.bulk(
    wt={"SiO2": 51.5, "TiO2": 1.5, "Al2O3": 14.5, "FeO": 10.5, "MgO": 9.0, "CaO": 11.0, "Na2O": 2.0}
)
SHORT = {"kind": "fractional", "pressure_kbar": P_KBAR, "until_melt_fraction": 0.3}


@pytest.fixture(scope="module")
def fractional() -> xr.Dataset:
    return gb.path(
        BASALT, pressure_kbar=P_KBAR, step_C=10.0, largest_share=0.2, database="T21-Su26"
    )


@pytest.fixture(scope="module")
def melting() -> xr.Dataset:
    return gb.path(
        BASALT, pressure_kbar=P_KBAR, direction="melting", step_C=10.0, largest_share=0.2,
        until_melt_fraction=0.6, database="T21-Su26"
    )  # fmt: skip


def total(run: xr.Dataset) -> np.ndarray:
    """Oxides in all melt and all solids, step by step, from the variables that a user sees."""
    melt = (run.melt_mole * run.melt_total_composition_mol.fillna(0.0)).values  # steps first
    solids = (run.solid_mole * run.solid_composition_mol.fillna(0.0)).sum("phase").values
    return np.asarray(melt + solids)


@pytest.mark.parametrize("name", ["fractional", "melting"])
def test_melt_and_solids_return_the_rock(name: str, request: pytest.FixtureRequest) -> None:
    run = request.getfixturevalue(name)
    np.testing.assert_allclose(
        total(run), np.tile(run.attrs["rock_mol"], (run.sizes["step"], 1)), atol=1e-9, rtol=0
    )
    assert float(run.balance_residual.max()) < 1e-9
    assert (run.status == 0).all()


@pytest.mark.parametrize("name", ["fractional", "melting"])
def test_what_was_removed_adds_up(name: str, request: pytest.FixtureRequest) -> None:
    run = request.getfixturevalue(name)
    removed = run.removed_mass.sum("phase").cumsum("step")
    gone = run.solid_mass.sum("phase") if name == "fractional" else run.melt_fraction
    np.testing.assert_allclose(removed, gone, atol=1e-12)
    masses = run.melt_fraction + run.solid_mass.sum("phase")
    np.testing.assert_allclose(masses, 1.0, atol=1e-9)


def _solidus_C() -> float:
    return float(
        gb.melting_interval(BASALT, pressure_kbar=P_KBAR, database="T21-Su26").solidus_C[0]
    )


def test_a_fractional_path_runs_from_liquidus_to_the_last_melt(fractional: xr.Dataset) -> None:
    first, last = fractional.isel(step=0), fractional.isel(step=-1)
    assert float(first.melt_fraction) == pytest.approx(1.0, abs=1e-12)
    above = gb.equilibrium(
        BASALT,
        pressure_kbar=P_KBAR,
        temperature_C=float(first.temperature_C) + 0.1,
        database="T21-Su26",
    )
    below = gb.equilibrium(
        BASALT,
        pressure_kbar=P_KBAR,
        temperature_C=float(first.temperature_C) - 0.1,
        database="T21-Su26",
    )
    assert above.assemblage == ("liq",)
    assert set(below.assemblage) == {"liq", *_present(fractional, 1)} > {"liq"}
    assert float(last.melt_fraction) == 0.0
    assert fractional.attrs["end"] == "no melt is left"
    # Fractionation goes on below the solidus of the rock.
    assert float(last.temperature_C) < _solidus_C() - 10.0


def test_no_phase_comes_or_goes_inside_a_long_step(fractional: xr.Dataset) -> None:
    rows = [tuple(ids[ids >= 0]) for ids in fractional.phase_id.values]
    steps = -np.diff(fractional.temperature_C)
    changed = np.array([a != b for a, b in pairwise(rows)])
    assert changed.sum() >= 4
    assert steps[changed].max() <= 0.0100001
    assert steps[~changed].max() <= 10.0


@pytest.mark.slow
def test_halving_the_steps_hardly_changes_the_cumulate() -> None:
    first, second = (
        gb.path(BASALT, step_C=4.0 / n, largest_share=0.05 / n, **SHORT, database="T21-Su26")
        for n in (1, 2)
    )
    last = [run.solid_mode.isel(step=-1).fillna(0.0) for run in (first, second)]
    assert 100.0 * float(abs(last[0] - last[1]).max()) < 0.2
    assert float(last[0].max()) > 0.3  # there is a cumulate to speak of


@pytest.mark.slow
@pytest.mark.compiled
def test_halving_the_steps_hardly_changes_what_a_lava_leaves_to_its_last_melt() -> None:
    """With the lava and the steps of the shipped study; the modes of the whole cumulate."""
    lava = gb.bulk("apollo-12-12009", ignore="outside")
    last = []
    for n in (1, 2):
        run = gb.path(
            lava, pressure_kbar=1.0, step_C=2.0 / n, largest_share=0.05 / n, database="T21-Su26"
        )
        assert run.attrs["end"] == "no melt is left"
        assert float(run.balance_residual.max()) < 1e-9
        last.append(100.0 * run.solid_mode.isel(step=-1).fillna(0.0))
    assert float(abs(last[0] - last[1]).max()) < 0.2
    assert float(last[0].sum()) == pytest.approx(100.0)


def test_equilibrium_crystallisation_is_a_row_of_independent_equilibria() -> None:
    run = gb.path(
        BASALT,
        pressure_kbar=P_KBAR,
        kind="equilibrium",
        step_C=20.0,
        largest_share=0.3,
        database="T21-Su26",
    )
    rows = run.isel(step=slice(0, None, 3))
    for i in range(rows.sizes["step"]):
        row = rows.isel(step=i)
        alone = gb.equilibrium(
            BASALT,
            pressure_kbar=P_KBAR,
            temperature_C=float(row.temperature_C),
            database="T21-Su26",
        )
        for phase in run.phase.values:
            mass = sum(p.mass_fraction for p in alone.phases if p.name == phase)
            here = row.melt_fraction if phase == "liq" else row.solid_mass.sel(phase=phase)
            assert float(here) == pytest.approx(mass, abs=1e-8)
        assert float(row.density) == pytest.approx(alone.density, rel=1e-8)
    assert float(run.removed_mole.sum()) == 0.0


def test_equilibrium_melting_ends_where_crystallisation_begins(fractional: xr.Dataset) -> None:
    start = float(fractional.temperature_C[0]) - 30.0
    run = gb.path(
        BASALT, pressure_kbar=P_KBAR, temperature_C=(start, 1500.0), kind="equilibrium",
        direction="melting", step_C=10.0, database="T21-Su26"
    )  # fmt: skip
    assert run.attrs["end"] == "no solid is left"
    assert float(run.temperature_C[-1]) == pytest.approx(
        float(fractional.temperature_C[0]), abs=0.03
    )


def test_the_first_melts_of_fractional_melting_hold_the_alkalis(melting: xr.Dataset) -> None:
    assert float(melting.temperature_C[0]) == pytest.approx(_solidus_C(), abs=0.02)
    soda = melting.melt_composition_wt.sel(component="Na2O").dropna("step").values
    assert soda[0] > 1.5 * soda[-1]
    assert float(melting.melt_fraction.diff("step").min()) >= -1e-12


def test_decompression_melts_a_hot_rock() -> None:
    rock = gb.bulk("pyrolite-ncfmas")
    run = gb.path(
        rock, pressure_kbar=(30.0, 10.0), temperature_C=(1480.0, 1450.0), direction="melting",
        step_kbar=2.0, step_C=3.0, database="T21-Su26"
    )  # fmt: skip
    assert run.attrs["end"] == "the path ends"
    assert (np.diff(run.pressure_kbar) < 0.0).all()
    assert float(run.melt_fraction[0]) == 0.0
    assert 0.0 < float(run.melt_fraction[-1]) < 0.5
    assert float(run.balance_residual.max()) < 1e-9


def test_a_path_stops_where_it_is_told_to() -> None:
    run = gb.path(BASALT, step_C=10.0, largest_share=0.1, **SHORT, database="T21-Su26")
    melt = run.melt_fraction.values
    assert melt[-1] <= 0.3 < melt[-2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pressure_kbar": 99.0}, "pressure_kbar = 99 is outside"),
        ({"pressure_kbar": [1.0, 2.0]}, "2 pressures need a temperature each"),
        ({"pressure_kbar": [1.0, 2.0], "temperature_C": [1300, 1200, 1100]}, "do not make a path"),
        ({"temperature_C": 1200.0}, "is no path"),
        ({"temperature_C": [1300.0, 1300.0]}, "points 1 and 2 of the path are the same"),
        ({"temperature_C": ["hot", "cold"]}, "is neither a number nor a list"),
        ({"pressure_kbar": "1"}, "pressure_kbar = '1' is neither a number nor a list"),
        ({"temperature_C": (700.0, 600.0), "direction": "melting"}, "no melt appears between"),
        ({"kind": "fractionated"}, "did you mean 'fractional'"),
        ({"direction": "freezing"}, "direction = 'freezing'"),
        ({"step_C": 0.0}, "step_C = 0.0 must be a number from 0.01 to 100"),
        ({"largest_share": float("nan")}, "largest_share = nan must be"),
        ({"until_melt_fraction": 20}, "until_melt_fraction = 20 must be"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gb.path(BASALT, **{"pressure_kbar": P_KBAR, **change}, database="T21-Su26")


def test_a_database_without_melt_is_refused() -> None:
    dry = gb.database("T21-Su26").restrict(exclude=["liq"])
    with pytest.raises(InputError, match="has no melt"):
        gb.path(BASALT, pressure_kbar=P_KBAR, database=dry)


@pytest.mark.slow
def test_a_path_goes_on_where_the_residue_holds_free_oxygen() -> None:
    rock = gb.bulk(
        wt={"SiO2": 45, "Al2O3": 4, "MgO": 38, "CaO": 3.5, "FeO": 0, "Fe2O3": 8, "Na2O": 0.3}
    )
    run = gb.path(rock, pressure_kbar=10.0, direction="melting", database="W24")
    assert run.attrs["end"] == "no solid is left"
    assert (run.status == 0).all()
    assert float(run.balance_residual.max()) < 1e-11


def test_the_last_of_an_oxide_stays_while_others_are_bound_to_it() -> None:
    """Its pyroxene holds all the sodium that it can: without the last of the aluminium nothing would."""
    residue = gb.bulk(
        mol={"SiO2": 18.05, "TiO2": 0.8689, "Al2O3": 1e-4, "Cr2O3": 0.01657, "FeO": 4.84,
             "MgO": 9.189, "CaO": 2.518, "Na2O": 0.8851, "K2O": 0.00037}
    )  # fmt: skip
    run = gb.path(
        residue, pressure_kbar=0.001, temperature_C=(1250.0, 1400.0), direction="melting",
        step_C=10.0, database="G25",
    )  # fmt: skip
    assert run.attrs["end"] == "the path ends"
    assert (run.status == 0).all()
    there = run.bulk_mol.sel(component="Al2O3").values
    assert ((there > 0.0) & (there < 1e-7)).any()
    assert there[-1] == 0.0
    assert float(run.balance_residual.max()) < 1e-9


def test_what_fails_before_the_liquidus_is_no_row() -> None:
    """Biotite has no energy above 1756 °C; the path of a wet basalt begins where its crystals do."""
    wet = gb.bulk(wt=dict(BASALT.wt) | {"H2O": 0.1, "K2O": 0.3})
    run = gb.path(wet, pressure_kbar=P_KBAR, step_C=20.0, until_melt_fraction=0.9, database="G25")
    assert (run.status == 0).all()
    assert run.attrs["end"] == "the melt fraction asked for is reached"
    assert 1150.0 < float(run.temperature_C[0]) < 1250.0


def test_a_failed_point_is_a_row_with_a_name_and_the_path_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The solver is made to fail between 1150 and 1140 °C, as no real rock does reliably."""
    from gibbsite._solving.following import Following
    from gibbsite_engine.status import NOT_CONVERGED

    solve = Following.solve

    def failing(self: Following, p: float, t: float, bulk: NDArray[Any]) -> Any:
        arrays = solve(self, p, t, bulk)
        if 1140.0 < t < 1150.0:
            arrays["status"][0] = NOT_CONVERGED
            arrays["phase_id"][0] = -1
        return arrays

    monkeypatch.setattr(Following, "solve", failing)
    run = gb.path(BASALT, step_C=6.0, largest_share=0.2, **SHORT, database="T21-Su26")
    failed = run.isel(step=np.flatnonzero(run.status == NOT_CONVERGED))
    assert 1 <= failed.sizes["step"] <= 3
    assert np.isnan(failed.melt_fraction).all()
    assert np.isnan(failed.solid_mass).all()
    good = run.isel(step=np.flatnonzero(run.status == 0))
    assert float(good.temperature_C.min()) < 1140.0
    assert float(good.balance_residual.max()) < 1e-9

    run = gb.path(BASALT, step_C=1.0, largest_share=0.2, **SHORT, database="T21-Su26")
    assert run.attrs["end"] == "stopped: 3 points in a row failed"
    assert (run.status[-3:] == NOT_CONVERGED).all()


def _present(run: xr.Dataset, step: int) -> set[str]:
    mass = run.removed_mass.isel(step=step)
    return {str(name) for name in run.phase.values[mass.values > 0.0]}


OXIDES = {"SiO2": 59.8, "TiO2": 0.9, "Al2O3": 17.2, "FeO": 6.0, "MnO": 0.1, "MgO": 3.2, "CaO": 1.3}
PELITE = gb.bulk(wt=OXIDES | {"Na2O": 1.9, "K2O": 3.7, "H2O": 6.0}, ferric=0.1, name="pelite")
WITHOUT_FLUID = gb.database("W14", exclude=gb.database("W14").of_kind("fluid"))
PROGRADE = {"direction": "metamorphism", "database": "W14", "step_C": 20.0, "largest_share": 0.2}


@pytest.fixture(scope="module")
def dehydration() -> xr.Dataset:
    return gb.path(PELITE, pressure_kbar=(5.0, 6.0), temperature_C=(600.0, 730.0), **PROGRADE)


def _equal_to_batch(run: xr.Dataset, step: int) -> None:
    """The step is the equilibrium of what takes part in it."""
    here = run.isel(step=step)
    alone = gb.equilibria(
        here.bulk_mol.values[None, :],
        pressure_kbar=float(here.pressure_kbar),
        temperature_C=float(here.temperature_C),
        database="W14",
    ).isel(point=0)
    assert alone.gb.assemblage().item() == here.gb.assemblage().item()
    assert float(alone.gibbs_energy) == pytest.approx(float(here.gibbs_energy), abs=1e-8)


def test_fluid_that_leaves_is_the_fluid_of_each_step_and_the_rock_keeps_the_rest(
    dehydration: xr.Dataset,
) -> None:
    run = dehydration
    fluid = run.phase.isin(["H2O", "fl"]).values
    assert run.attrs["process"] == "fractional metamorphism"
    assert run.attrs["end"] == "the path ends"
    assert (float(run.temperature_C[0]), float(run.temperature_C[-1])) == (600.0, 730.0)
    assert float(run.balance_residual.max()) < 1e-9
    removed = run.removed_mass
    assert float(removed.isel(phase=~fluid).max()) == 0.0
    assert float(removed[0].sum()) > 0.01  # what was free leaves at once
    np.testing.assert_allclose(removed.sum("phase").cumsum("step"), run.fluid_fraction, atol=1e-12)
    assert (np.diff(run.fluid_fraction) >= 0.0).all()
    total = run.melt_fraction + run.fluid_fraction + run.solid_mass.sum("phase")
    np.testing.assert_allclose(total, 1.0, atol=1e-9)


def test_a_step_is_the_equilibrium_of_what_the_last_one_left(dehydration: xr.Dataset) -> None:
    run = dehydration
    for step in range(1, run.sizes["step"], 4):
        _equal_to_batch(run, step)
    masses = run.molar_mass.values
    whole = float(run.attrs["rock_mol"] @ masses)
    left = run.attrs["rock_mol"].copy()
    for step in range(run.sizes["step"]):
        here = run.isel(step=step)
        np.testing.assert_allclose(here.bulk_mol.values, left / left.sum(), atol=1e-10)
        moles = here.removed_mole.values[:, None] * here.removed_composition_mol.fillna(0.0).values
        left = left - moles.sum(axis=0)
    assert float((run.attrs["rock_mol"] - left) @ masses) / whole == pytest.approx(
        float(run.fluid_fraction[-1])
    )


def test_a_rock_that_lost_its_water_melts_less_than_one_that_kept_it(
    dehydration: xr.Dataset,
) -> None:
    kept = gb.path(
        PELITE, pressure_kbar=(5.0, 6.0), temperature_C=(600.0, 730.0), kind="equilibrium", **PROGRADE
    )  # fmt: skip
    assert float(kept.removed_mass.sum()) == 0.0
    assert float(kept.melt_fraction[-1]) > 2.0 * float(dehydration.melt_fraction[-1])
    assert float(dehydration.melt_fraction[-1]) > 0.0
    # water is released up to the solidus, so that this is the same
    melts = [
        float(run.temperature_C[np.argmax(run.melt_fraction.values > 0.0)])
        for run in (kept, dehydration)
    ]
    assert melts[0] == pytest.approx(melts[1], abs=0.05)


def test_melt_is_drained_in_steps_down_to_what_stays() -> None:
    run = gb.path(
        PELITE,
        pressure_kbar=7.0,
        temperature_C=(700.0, 860.0),
        loss={"fluid": 0.0, "melt": (0.07, 0.01)},
        **PROGRADE,
    )
    drained = run.removed_mass.sel(phase="liq").values > 0.0
    assert 2 <= drained.sum() < run.sizes["step"]
    at_hand = (run.volume_fraction.where(run.phase_id == 0, 0.0)).sum("slot").values
    free = run.fluid_density.notnull().values
    assert (at_hand[drained & ~free] > 0.07).all()
    assert (at_hand[~drained & ~free] <= 0.07).all()
    # of what takes part next, melt is what stayed and what has formed since
    for step in np.flatnonzero(drained & ~free):
        volume = run.removed_volume.isel(step=step).sel(phase="liq")
        here = 10.0 * run.volume.values[step]  # cm3 per mole of oxides that take part
        masses = float(run.attrs["rock_mol"] @ run.molar_mass.values)
        part = 1.0 - float(run.removed_mole.isel(step=slice(0, step)).sum())
        melt = at_hand[step] * here * part - float(volume) * masses
        rest = (1.0 - at_hand[step]) * here * part
        assert melt / (melt + rest) == pytest.approx(0.01, rel=1e-6)
    assert float(run.balance_residual.max()) < 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature_C": None}, "metamorphism needs the temperatures"),
        ({"loss": {"steam": 0.0}}, "loss = 'steam'"),
        ({"loss": {"melt": (0.01, 0.07)}}, "loss of melt"),
        ({"loss": {"melt": "0.07"}}, "loss of melt = '0.07' is not a number"),
        ({"loss": {"melt": (0.07, True)}}, "is not a number"),
        ({"loss": {"melt": (0.07, 0.01, 0.0)}}, "loss of melt = .*above which share"),
        ({"loss": {"fluid": 1.0}}, "loss of fluid = 1.0: above which share"),
        ({"loss": 0.07}, 'say {"fluid": 0}'),
        (
            {"loss": {"fluid": 0.0}, "kind": "equilibrium"},
            "loss is of fractional melting and metamorphism",
        ),
        ({"loss": {"fluid": 0.0}, "direction": "melting"}, "in melting only melt leaves"),
        (
            {"loss": {"melt": 0.0}, "direction": "crystallisation"},
            "not of fractional crystallisation",
        ),
        ({"database": WITHOUT_FLUID}, "W14 has no fluid"),
    ],
)
def test_what_cannot_be_lost_is_refused(change: dict[str, object], message: str) -> None:
    given = {"pressure_kbar": 5.0, "temperature_C": (600.0, 700.0), **PROGRADE}
    with pytest.raises(InputError, match=message):
        gb.path(BASALT, **{**given, **change})


GRANITE = gb.bulk(
    wt={"SiO2": 74.0, "Al2O3": 14.0, "FeO": 1.5, "MgO": 0.4, "CaO": 1.5, "Na2O": 4.6, "K2O": 4.0}
)


@pytest.mark.parametrize("kind", ["fractional", "equilibrium"])
def test_what_is_assimilated_is_in_the_balance(kind: str) -> None:
    run = gb.path(
        BASALT, kind=kind, pressure_kbar=P_KBAR, step_C=10.0, largest_share=0.2,
        until_melt_fraction=0.7, assimilate=gb.Assimilation(GRANITE, per_crystallised=0.3),
        database="W24",
    )  # fmt: skip
    assert (run.status == 0).all()
    assert float(run.balance_residual.max()) < 1e-9
    masses = run.melt_fraction + run.solid_mass.fillna(0.0).sum("phase")
    np.testing.assert_allclose(masses, 1.0 + run.assimilated_mass, atol=1e-9)
    # What is taken up after a row is there in the next one.
    crystallised = run.solid_mass.fillna(0.0).sum("phase").values
    grown = np.maximum(np.diff(crystallised), 0.0)
    np.testing.assert_allclose(run.assimilated_mass[2:], 0.3 * grown.cumsum()[:-1], atol=1e-12)
    rock, granite = run.attrs["rock_mol"], run.attrs["assimilated_mol"]
    weight = run.molar_mass.values
    more = run.assimilated_mass.values[-1] * (rock @ weight) / (granite @ weight)
    np.testing.assert_allclose(total(run)[-1], rock + more * granite, atol=1e-9)
    assert float(run.melt_composition_wt.sel(component="K2O")[-1]) > 0.3


@pytest.mark.parametrize(("rate", "per_row"), [("per_C", 0.002), ("per_step", 0.01)])
def test_a_rock_is_assimilated_by_the_degree_or_the_step(rate: str, per_row: float) -> None:
    run = gb.path(
        BASALT, pressure_kbar=P_KBAR, temperature_C=(1250.0, 1180.0), step_C=10.0,
        largest_share=0.2, assimilate=gb.Assimilation(GRANITE, **{rate: per_row}), database="W24",
    )  # fmt: skip
    falls = -np.diff(run.temperature_C)
    before = per_row * (falls if rate == "per_C" else np.ones(len(falls)))
    first = 0.0 if rate == "per_C" else per_row
    taken = np.concatenate([[0.0, first], first + before[:-1].cumsum()])[: len(falls) + 1]
    np.testing.assert_allclose(run.assimilated_mass, taken, atol=1e-12)
    assert float(run.balance_residual.max()) < 1e-9


def test_a_residue_keeps_the_melt_that_does_not_drain() -> None:
    """1 vol% stays; what was drained and what stays are all melt."""
    given = {"pressure_kbar": P_KBAR, "direction": "melting", "step_C": 10.0, "largest_share": 0.2}
    run = gb.path(
        BASALT, **given, loss={"melt": (0.01, 0.01)}, until_melt_fraction=0.3, database="W24"
    )
    drained = run.removed_mass.sel(phase="liq").cumsum("step")
    drains = run.removed_mass.sel(phase="liq") > 0.0
    assert drains.sum() > 3
    kept = (run.melt_fraction - drained).where(drains, drop=True)
    assert ((kept > 0.005) & (kept < 0.011)).all()
    assert float(run.balance_residual.max()) < 1e-9
    weight = run.melt_total_composition_mol * run.molar_mass
    pooled = 100.0 * weight / weight.sum("component")
    np.testing.assert_allclose(run.melt_total_composition_wt, pooled, rtol=1e-12)
    with pytest.raises(InputError, match="in melting only melt leaves"):
        gb.path(BASALT, **given, loss={"fluid": 0.0}, database="G25")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "give one of per_crystallised, per_C, per_step"),
        ({"per_C": 0.1, "per_step": 0.1}, "give one of"),
        ({"per_C": -0.1}, "per_C = -0.1 must be a mass"),
    ],
)
def test_an_assimilation_has_one_rate(given: dict[str, float], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        gb.Assimilation(GRANITE, **given)
    with pytest.raises(InputError, match="not in melting"):
        gb.path(
            BASALT, pressure_kbar=1.0, direction="melting", database="W24",
            assimilate=gb.Assimilation(GRANITE, per_C=0.1),
        )  # fmt: skip


WET_PERIDOTITE = gb.bulk(
    wt={
        "SiO2": 44.5, "TiO2": 0.1, "Al2O3": 3.6, "FeO": 8.0, "MgO": 39.2, "CaO": 3.2, "Na2O": 0.3,
        "K2O": 0.03, "H2O": 0.5,
    }
)  # fmt: skip
BIOTITE_ENDS_C = 1755.96
"""Of G25, where the equation of state of brucite does, of which titanium biotite is made."""


def test_no_row_is_hotter_than_the_equations_of_state() -> None:
    """They end below the accepted temperatures, and above the liquidus of a wet basalt."""
    rock = BASALT.mix(gb.bulk(mol={"H2O": 1.0}), 0.03)
    cooling = gb.path(rock, pressure_kbar=0.5, kind="equilibrium", step_C=50.0, database="G25")
    assert (cooling.status == 0).all()
    assert "start" not in cooling.attrs
    ends = gb.melting_interval(rock, pressure_kbar=0.5, database="G25")
    assert float(cooling.temperature_C[0]) == pytest.approx(ends.liquidus_C[0], abs=0.02)
    assert float(cooling.temperature_C[-1]) == pytest.approx(ends.solidus_C[0], abs=0.02)


@pytest.mark.parametrize("given", [None, [1900.0, 1600.0]])
def test_a_path_begins_where_the_energies_of_its_phases_do(given: list[float] | None) -> None:
    run = gb.path(
        WET_PERIDOTITE, pressure_kbar=30.0, temperature_C=given, kind="equilibrium", step_C=100.0,
        database="G25",
    )  # fmt: skip
    assert (run.status == 0).all()
    assert float(run.temperature_C[0]) == pytest.approx(BIOTITE_ENDS_C, abs=0.01)
    assert run.attrs["start"] == f"bi has no energy above {BIOTITE_ENDS_C} °C"


@pytest.mark.parametrize("direction", ["melting", "metamorphism"])
def test_a_path_ends_where_the_energies_of_its_phases_do(direction: Any) -> None:
    run = gb.path(
        WET_PERIDOTITE, pressure_kbar=30.0, temperature_C=[1700.0, 1900.0], kind="equilibrium",
        direction=direction, step_C=100.0, database="G25",
    )  # fmt: skip
    assert (run.status == 0).all()
    assert float(run.temperature_C[-1]) == pytest.approx(BIOTITE_ENDS_C, abs=0.01)
    assert run.attrs["end"] == f"the path ends: bi has no energy above {BIOTITE_ENDS_C} °C"


def test_melt_that_takes_the_water_with_it_leaves_rock_that_goes_on_being_heated() -> None:
    run = gb.path(
        WET_PERIDOTITE, pressure_kbar=30.0, direction="melting", step_C=100.0, largest_share=0.5,
        database="G25",
    )  # fmt: skip
    assert (run.status == 0).all()
    assert float(run.temperature_C[-1]) > BIOTITE_ENDS_C + 100.0


def test_a_path_of_nothing_but_places_without_energies_is_refused() -> None:
    with pytest.raises(InputError, match=r"bi has no energy above 1755.96 °C, and the path is hot"):
        gb.path(WET_PERIDOTITE, pressure_kbar=30.0, temperature_C=[1900.0, 1800.0], database="G25")
