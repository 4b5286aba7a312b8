"""Derivatives of answers, against answers nearby and against each other."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite.errors import InputError
from gibbsite_engine.response import RESPONSE_NAMES

pytestmark = pytest.mark.compiled

KLB1 = gb.bulk(
    mol={
        "SiO2": 0.38488, "Al2O3": 0.01776, "CaO": 0.02824, "MgO": 0.50558, "FeO": 0.05885,
        "K2O": 0.0001, "Na2O": 0.0025, "TiO2": 0.001, "Cr2O3": 0.00109,
    }
)  # fmt: skip
WATCHED = {
    "amount_mol": "amount_mol_derivative",
    "proportions": "proportions_derivative",
    "phase_composition_mol": "phase_composition_mol_derivative",
    "chemical_potential": "chemical_potential_derivative",
    "entropy": "entropy_derivative",
    "volume": "volume_derivative",
    "density": "density_derivative",
}


@pytest.fixture(scope="module")
def answer():
    return gb.equilibria(
        KLB1, pressure_kbar=10.0, temperature_C=[1320.0], database="W24",
        derivatives=("P", "T", "bulk"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "pressure", "temperature"),
    [("pressure_kbar", 0.02, 0.0), ("temperature_K", 0.0, 0.2)],
)
def test_answers_nearby_differ_by_the_derivatives(answer, label, pressure, temperature):
    m = np.array([-2.0, -1.0, 1.0, 2.0])
    near = gb.equilibria(
        KLB1, pressure_kbar=10.0 + m * pressure, temperature_C=1320.0 + m * temperature,
        database="W24",
    )  # fmt: skip
    assert (near["phase_id"].values == answer["phase_id"].values).all()
    weights = np.array([1.0, -8.0, 8.0, -1.0]) / (12.0 * (pressure + temperature))
    for name, derivative in WATCHED.items():
        slope = np.tensordot(weights, near[name].values, axes=1)
        found = answer[derivative].sel(by=label).values[0]
        scale = np.nanmax(np.abs(slope))
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-7 * scale, err_msg=name)


WET = {"water": "excess", "ignore": "outside"}
EVERYWHERE = {
    "T21": ("klb-1", {}, (5.0, 35.0), (1100.0, 1600.0)),
    "T21-Su26": ("apollo-15-red-glass", {"ignore": "outside"}, (2.0, 25.0), (1050.0, 1500.0)),
    "W24": ("n-morb", {"ignore": "outside"}, (1.0, 20.0), (950.0, 1300.0)),
    "G25": ("n-morb", {"water": 2.0, "ignore": "outside"}, (2.0, 15.0), (700.0, 1200.0)),
    "G16": ("world-median-metabasite", WET, (3.0, 14.0), (500.0, 800.0)),
    "W14": ("world-median-pelite", WET, (3.0, 12.0), (500.0, 780.0)),
    "EF21": ("serpentinite-oxidised", WET, (3.0, 20.0), (350.0, 650.0)),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_second_derivatives_are_those_of_re_solved_points(name):
    """Entropy and volume by P and T, in all databases, water in excess in the wet ones."""
    rock, how, pressures, temperatures = EVERYWHERE[name]
    bulk, rng, n = gb.bulk(rock, **how), np.random.default_rng(3), 6
    p, t = rng.uniform(*pressures, n), rng.uniform(*temperatures, n)
    answer = gb.equilibria(
        bulk, pressure_kbar=p, temperature_C=t, database=name, derivatives=("P", "T")
    )
    m, weights = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([1.0, -8.0, 8.0, -1.0]) / 12.0
    ids, compared = answer["phase_id"].values[:, None], 0
    for label, by_p, by_t in (("pressure_kbar", 0.01, 0.0), ("temperature_K", 0.0, 0.1)):
        near = gb.equilibria(
            bulk, pressure_kbar=p[:, None] + m * by_p, temperature_C=t[:, None] + m * by_t,
            database=name,
        )  # fmt: skip
        inside = (near["phase_id"].values == ids).all(axis=(1, 2))  # none has met a boundary
        compared += int(inside.sum())
        for quantity in ("entropy", "volume"):
            slope = near[quantity].values @ weights / (by_p + by_t)
            found = answer[f"{quantity}_derivative"].sel(by=label).values
            np.testing.assert_allclose(found[inside], slope[inside], rtol=1e-6, err_msg=quantity)
    assert compared >= n
    for heat in zip(
        *(
            answer.gb.quantity(f"rock.Cp.{kind}").values
            for kind in ("frozen", "ordered", "relaxed")
        ),
        strict=True,
    ):
        assert list(heat) == sorted(heat)


@pytest.mark.parametrize(
    ("rock", "mineral", "pressure", "temperature"),
    [
        ("world-median-pelite", "q", 9.577914, 803.584),
        ("white-pelite", "q", 5.3257, 700.107),
        ("white-pelite", "fsp", 6.2821, 464.91),
    ],
)
def test_next_to_a_transition_of_a_mineral_derivatives_hold_as_near_as_differences_go(
    rock, mineral, pressure, temperature
):
    """Quartz at its lambda point, sanidine where its order ends: heat capacities run up to a peak or a step there.

    Over 0.4 K the slope of re-solved entropies is a mean across it, up to three times the derivative, with the
    same phases on both sides; over 0.004 K it is the derivative.
    """
    bulk = gb.bulk(rock, ignore="outside")
    where = {"pressure_kbar": pressure, "database": "W14"}
    answer = gb.equilibria(bulk, **where, temperature_C=[temperature], derivatives=("P", "T"))
    m, weights = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([1.0, -8.0, 8.0, -1.0]) / 12.0
    off = {}
    for step in (0.1, 0.001):
        near = gb.equilibria(bulk, **where, temperature_C=temperature + m * step)
        assert (near["phase_id"].values == answer["phase_id"].values).all()
        assert mineral in str(answer.gb.assemblage().values[0]).split("+")
        for name in ("entropy", "volume"):
            slope = float(near[name].values @ weights) / step
            found = float(answer[f"{name}_derivative"].sel(by="temperature_K").values[0])
            off[name, step] = abs(slope / found - 1.0)
    for name in ("entropy", "volume"):
        assert off[name, 0.001] < 1e-6
        assert off[name, 0.1] > 3.0 * off[name, 0.001]


def test_answers_of_other_bulks_differ_by_the_derivatives(answer):
    """Not normalised: what is added is added, and the answer of its sum is scaled back."""
    moles = KLB1.array(gb.database("W24").components)
    for component in ("Na2O", "MgO", "Cr2O3"):
        c = gb.database("W24").components.index(component)
        step = 2e-5 * min(1.0, moles[c] / 1e-3)
        rows = moles + step * np.outer([-2, -1, 1, 2], np.eye(len(moles))[c])
        near = gb.equilibria(rows, pressure_kbar=10.0, temperature_C=1320.0, database="W24")
        total = rows.sum(axis=1)
        weights = np.array([1.0, -8.0, 8.0, -1.0]) / (12.0 * step)
        for name in ("amount_mol", "entropy", "volume", "chemical_potential", "density"):
            values = near[name].values
            extensive = name in ("amount_mol", "entropy", "volume")
            scaled = values * total.reshape(-1, *[1] * (values.ndim - 1)) if extensive else values
            slope = np.tensordot(weights, scaled, axes=1)
            found = answer[WATCHED[name]].sel(by=component).values[0]
            scale = np.nanmax(np.abs(slope))
            np.testing.assert_allclose(
                found, slope, rtol=1e-5, atol=1e-6 * scale, err_msg=f"{name} by {component}"
            )


def test_a_higher_enthalpy_makes_less_of_a_mineral(answer):
    """dG/dH is the amount; its derivative is never positive, and energies are symmetric in them."""
    found = answer.gb.derivatives(("H",)).isel(point=0)
    names = [str(label) for label in found["by"].values]
    data = gb.database("W24")
    ids = answer["phase_id"].values[0]
    amount = np.zeros((len(names), len(names)))
    for slot, place in enumerate(ids):
        if place < 0:
            continue
        phase = data.phases[place]
        n = len(phase.endmembers)
        a = answer["amount_mol"].values[0, slot]
        p = answer["proportions"].values[0, slot, :n]
        da = found["amount_mol_derivative"].values[slot]
        dp = found["proportions_derivative"].values[slot, :n]
        for j, (name, _) in enumerate(data.used):
            make = phase.model.make[:, j]
            amount[names.index(f"H({name})")] += make @ (a * dp + np.outer(p, da))
    np.testing.assert_allclose(amount, amount.T, rtol=1e-6, atol=1e-9 * np.abs(amount).max())
    assert np.linalg.eigvalsh(0.5 * (amount + amount.T)).max() < 1e-8 * np.abs(amount).max()
    assert amount[names.index("H(fo)"), names.index("H(fo)")] < -1e-4


def test_maxwell_relations(answer):
    """dS/dP = -dV/dT, dS/db = -dGamma/dT, dV/db = dGamma/dP."""
    by = answer.isel(point=0)
    entropy, volume = by["entropy_derivative"], by["volume_derivative"]
    assert float(entropy.sel(by="pressure_kbar")) == pytest.approx(
        -float(volume.sel(by="temperature_K")), rel=1e-9
    )
    potentials = by["chemical_potential_derivative"]
    for c in ("SiO2", "MgO", "K2O"):
        mu = potentials.sel(component=c)
        assert float(entropy.sel(by=c)) == pytest.approx(
            -float(mu.sel(by="temperature_K")), rel=1e-6
        )
        assert float(volume.sel(by=c)) == pytest.approx(float(mu.sel(by="pressure_kbar")), rel=1e-6)


def test_a_set_that_counts_in_others_than_oxides_has_derivatives_by_oxides():
    """EF21 counts hydrogen and oxygen, for oxides may be negative there; derivatives by all oxides were NaN."""
    rock = gb.bulk("serpentinite-oxidised", ignore="outside", water=15.0)
    moles = rock.array(gb.database("EF21").components)
    of = {"pressure_kbar": 5.0, "temperature_C": [500.0], "database": "EF21"}
    by = gb.equilibria(moles, **of, derivatives=("P", "T", "bulk")).isel(point=0)
    oxides = by["component"].values
    potentials = by["chemical_potential_derivative"]
    among = potentials.sel(by=oxides).values
    np.testing.assert_allclose(among, among.T, rtol=1e-9, atol=1e-12 * np.abs(among).max())
    np.testing.assert_allclose(among @ moles, 0.0, atol=1e-12 * np.abs(among).max())
    for name, label in (("entropy", "temperature_K"), ("volume", "pressure_kbar")):
        found, sign = by[f"{name}_derivative"].sel(by=oxides), -1.0 if name == "entropy" else 1.0
        np.testing.assert_allclose(found, sign * potentials.sel(by=label), rtol=1e-8)
    for c, oxide in enumerate(oxides):
        step = 1e-4 * moles[c]
        rows = moles + step * np.outer([-2, -1, 1, 2], np.eye(len(moles))[c])
        near = gb.equilibria(rows, **of | {"temperature_C": 500.0})
        assert (near["phase_id"].values == by["phase_id"].values).all()
        amounts = near["amount_mol"].values * rows.sum(axis=1)[:, None]
        slope = np.array([1.0, -8.0, 8.0, -1.0]) @ amounts / (12.0 * step)
        found = by["amount_mol_derivative"].sel(by=oxide).values
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-7 * np.abs(slope).max())


def test_a_point_without_answer_or_component_has_no_derivatives():
    rock = gb.bulk(mol={"SiO2": 0.4, "MgO": 0.6})
    found = gb.equilibria(
        rock, pressure_kbar=5.0, temperature_C=[1000.0, 3000.0], database="W24", errors="status",
        derivatives=("T", "bulk"),
    )  # fmt: skip
    words = found["derivatives_status"].attrs["flag_meanings"].split()
    assert [words[i] for i in found["derivatives_status"].values] == ["available", "no_answer"]
    amounts = found["amount_mol_derivative"]
    assert np.isnan(amounts.values[1]).all()
    assert np.isnan(amounts.sel(by="Na2O").values[0, 0])
    assert np.isfinite(amounts.sel(by="MgO").values[0, :2]).all()
    assert float(abs(amounts.sel(by="temperature_K")[0]).max()) < 1e-12  # two pure phases


def test_derivatives_of_answers_of_which_little_is_kept(answer):
    few = gb.equilibria(
        KLB1, pressure_kbar=10.0, temperature_C=[1320.0], database="W24",
        keep=["density"], derivatives=("P", "T", "bulk"),
    )  # fmt: skip
    assert "proportions" not in few
    assert few["density"].identical(answer["density"])
    for name in WATCHED.values():
        assert few[name].identical(answer[name])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"derivatives": ("X",)}, "derivatives by 'X'"),
        ({"derivatives": ("P",), "open": {"O": "QFM"}}, "a closed rock"),
    ],
)
def test_what_has_no_derivatives_is_refused_before_points_are_solved(monkeypatch, asked, says):
    monkeypatch.setattr("gibbsite._solving.equilibrium.solve_at", None)
    with pytest.raises(InputError, match=says):
        gb.equilibria(KLB1, pressure_kbar=10.0, temperature_C=[1320.0], database="W24", **asked)


def test_what_cannot_be_differentiated_by_is_refused():
    with pytest.raises(InputError, match="derivatives by 'S'"):
        gb.equilibria(
            KLB1, pressure_kbar=10.0, temperature_C=[1320.0], database="W24", derivatives=("S",)
        )


EXHAUSTED = {
    "G25": (
        19.27093687294049, 1328.2067876869785,
        [0.6173848709774898, 0.004129101416457531, 5.2966870610203654e-05, 0.00042213031374277335,
         0.06049789005313243, 0.07015427797388125, 0.10182041722663522, 0.016897963385492747,
         0.0022744273756929415, 0.006736221371283125, 0.11962973303558194],
    ),
    "G16": (
        18.770061121746767, 529.9860462855187,
        [0.3277707900393241, 0.012140771087263372, 0.10392192667541089, 0.14596321914047147,
         0.14132174172587006, 0.09773522212931479, 0.03199535408217978, 0.005047085699721584,
         0.009062696969003681, 0.12504119245144024],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXHAUSTED)
def test_species_that_are_all_but_exhausted_do_not_drown_the_rest(name):
    """Their curvature RT/y, 1e13 times that of others, took four digits from all derivatives."""
    p, t, moles = EXHAUSTED[name]
    of = {"pressure_kbar": p, "database": name}
    answer = gb.equilibria(np.array(moles), temperature_C=[t], derivatives=("T",), **of)
    step, m = 0.02, np.array([-2.0, -1.0, 1.0, 2.0])
    near = gb.equilibria(np.array(moles), temperature_C=t + step * m, **of)
    assert (near["phase_id"].values == answer["phase_id"].values).all()
    weights = np.array([1.0, -8.0, 8.0, -1.0]) / (12.0 * step)
    for variable, derivative in WATCHED.items():
        slope = np.tensordot(weights, near[variable].values, axes=1)
        found = answer[derivative].sel(by="temperature_K").values[0]
        scale = np.nanmax(np.abs(slope))
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=3e-7 * scale, err_msg=variable)


def test_where_the_bulk_cannot_change_alone_the_rest_is_there():
    """Potentials that nothing fixes made derivatives by P and T NaN, too, if the bulk was asked for."""
    rock = gb.bulk(mol={"SiO2": 0.348, "MgO": 0.2913, "H2O": 0.3607}, ignore="outside")
    of = {"pressure_kbar": 10.0, "temperature_C": [500.0], "database": "EF21"}
    plain = gb.equilibria(rock, derivatives=("P", "T"), **of)
    whole = gb.equilibria(rock, derivatives=("P", "T", "bulk", "H"), **of)
    assert whole["derivatives_status"].values.tolist() == [RESPONSE_NAMES.index("open_potentials")]
    for name in WATCHED.values():
        both = whole[name].sel(by=plain["by"]).values
        np.testing.assert_array_equal(both, plain[name].values, err_msg=name)
    labels = [str(label) for label in whole["by"].values]
    enthalpies = [label for label in labels if label.startswith("H(")]
    assert np.isfinite(plain["entropy_derivative"].values).all()
    assert np.isfinite(whole["entropy_derivative"].sel(by=enthalpies).values).all()
    assert np.isnan(whole["entropy_derivative"].sel(by=["SiO2", "MgO", "H2O"]).values).all()
