"""Rocks with water, ferric iron and manganese: energies of W14, G16, G25 and EF21, equilibria."""

import json
from functools import cache

import numpy as np
import pytest
from engine_calls import REFERENCE, Phase

import gibbsite as gb
from gibbsite._inputs.database import OpenPotential
from gibbsite._solving.solve import solve_points
from gibbsite.errors import InputError

SETS = ("W14", "G16", "G25", "EF21")
# A mu is known no better than rounding of its site fractions allows: what is nearer to a face.
NEAR_A_FACE = 1e-5


@cache
def solutions(name):
    file = f"solution_{name}{'_wet' if name == 'G25' else ''}.npz"
    with np.load(REFERENCE / file) as numbers:
        return dict(numbers)


@cache
def system(name):
    """All phases, whichever of them take part by default."""
    data = gb.database(name)
    for alternatives in data.alternatives:
        data = data.choose(alternatives[-1])
    return data, data.reduced(np.ones(len(data.components), bool))


@pytest.mark.parametrize("name", SETS)
def test_energies_are_those_of_other_programs(name):
    """mu away from faces, G and standard energies of every phase at three P and T."""
    table, seen = solutions(name), set()
    whole = gb.database(name)
    for data in {whole, *(whole.choose(n) for group in whole.alternatives for n in group)}:
        reduced = data.reduced(np.ones(len(data.components), bool))
        for k, part in enumerate(reduced.phases):
            phase = data.phases[part.place]
            if f"{phase.name}/p" not in table:
                continue
            seen.add(phase.name)
            np.testing.assert_array_equal(part.basis, np.eye(len(part.basis)))
            inside = (table[f"{phase.name}/sf"] > NEAR_A_FACE).all(axis=1)
            for j, (p, t) in enumerate(zip(table["P"], table["T"], strict=True)):
                ours = Phase(reduced.system, k, p, t)
                expected = table[f"{phase.name}/gbase"][j]
                np.testing.assert_allclose(
                    ours.conditions.g0[k, : ours.n], expected, rtol=0, atol=1e-8
                )
                for i in np.flatnonzero(inside):
                    g, mu = ours.potentials(table[f"{phase.name}/p"][i])
                    assert g == pytest.approx(table[f"{phase.name}/G"][j, i], rel=0, abs=1e-8)
                    np.testing.assert_allclose(
                        mu, table[f"{phase.name}/mu"][j, i], rtol=0, atol=1e-8
                    )
    assert seen == {str(phase) for phase in table["phases"]}


@cache
def equilibria(name):
    return json.loads((REFERENCE / f"equilibria_{name}_wet.json").read_text())["points"]


def solve(data, moles, point):
    bulk = np.array([moles.get(c, 0.0) for c in data.components])[None]
    p, t = np.array([point["pressure_kbar"]]), np.array([point["temperature_C"] + 273.15])
    return {key: values[0] for key, values in solve_points(data, p, t, bulk, workers=1).items()}


def instances(data, out):
    """Phases and amounts, those of one phase by amount."""
    filled = out["phase_id"] >= 0
    names = [data.phase_names[i] for i in out["phase_id"][filled]]
    return sorted(zip(names, out["amount_mol"][filled].tolist(), strict=True))


@pytest.mark.parametrize("name", SETS)
def test_equilibria_are_those_of_two_other_programs(name):
    """None failed, none above the lowest energy known, assemblages and amounts equal."""
    for point in equilibria(name):
        data = gb.database(name, choose=["aug"] if point.get("clinopyroxene") == "aug" else [])
        out = solve(data, point["bulk_mol"], point)
        assert out["status"] == 0, point["id"]
        assert abs(out["gibbs_energy"] - point["gibbs_energy"]) < 1e-6, point["id"]
        found = instances(data, out)
        expected = sorted((phase["name"], phase["amount_mol"]) for phase in point["phases"])
        assert [n for n, _ in found] == [n for n, _ in expected], point["id"]
        amounts = np.array([[a, b] for (_, a), (_, b) in zip(found, expected, strict=True)])
        np.testing.assert_allclose(*amounts.T, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("index", [1, *(pytest.param(i, marks=pytest.mark.slow) for i in (7, 12))])
def test_an_open_component_is_a_closed_one_with_the_amount_taken_up(name, index):
    """The potentials of a closed rock, given, bring back its phases, energy and composition."""
    point = equilibria(name)[index]
    data = gb.database(name, choose=["aug"] if point.get("clinopyroxene") == "aug" else [])
    closed = solve(data, point["bulk_mol"], point)
    o = data.components.index("O")
    assert closed["bulk_mol"][o] > 0.0
    given = OpenPotential(energy=(float(closed["chemical_potential"][o]), 0.0, 0.0))
    out = solve(data.open({"O": given}), {**point["bulk_mol"], "O": 0.0}, point)
    assert out["status"] == 0
    np.testing.assert_allclose(out["bulk_mol"], closed["bulk_mol"], rtol=0, atol=1e-6)
    assert out["gibbs_energy"] == pytest.approx(closed["gibbs_energy"], rel=0, abs=1e-6)
    for name_ in ("volume", "entropy"):  # the rock's own, without what holds the potential
        assert out[name_] == pytest.approx(closed[name_], rel=1e-5)
    assert [n for n, _ in instances(data, out)] == [n for n, _ in instances(data, closed)]


def test_an_opened_potential_follows_its_reaction_in_pressure_and_temperature():
    """What slopes of lines rest on: g0 less n mu, and its derivatives; s0 and v0 the phase's own."""
    data = gb.database("G25")
    half = ((1.0, "mt", "equilibrium"), (1.5, "q", "equilibrium"), (-1.5, "fa", "equilibrium"))
    opened = data.open({"O": OpenPotential(half, (0.0, 0.01, 0.0))})
    face = np.ones(len(data.components), bool)
    ours, plain = opened.reduced(face), data.reduced(face)

    def at(which, p, t):
        return Phase(which.system, 0, p, t).conditions

    here, there = at(ours, 5.0, 1100.0), at(plain, 5.0, 1100.0)
    np.testing.assert_allclose(there.s0[: len(here.s0)][0], here.s0[0], rtol=1e-12)
    mu = here.opened[0, 0]
    for k, part in enumerate(ours.phases):
        n = len(part.basis)
        whole = plain.index[part.place]
        oxygen = data.phases[part.place].model.composition[:, data.components.index("O")]
        expected = there.g0[whole, :n] - oxygen * mu
        np.testing.assert_allclose(here.g0[k, :n], expected, rtol=1e-13)
    step = 0.01
    by_t = (at(ours, 5.0, 1100.0 + step).g0 - at(ours, 5.0, 1100.0 - step).g0) / (2 * step)
    by_p = (at(ours, 5.0 + step, 1100.0).g0 - at(ours, 5.0 - step, 1100.0).g0) / (2 * step)
    np.testing.assert_allclose(here.slopes[0], -by_t, rtol=0, atol=1e-5)
    np.testing.assert_allclose(here.slopes[1], by_p, rtol=0, atol=1e-5)
    assert np.abs(here.slopes[1] - here.v0).max() > 0.1


@pytest.mark.parametrize("name", ["T21-Su26", "W24", "G25", "W14", "G16"])
def test_absent_components_leave_what_a_set_without_them_has(name):
    """Without O and H2O nothing holds either, and no model is asked beyond what it says."""
    data = gb.database(name)
    face = np.array([c not in ("O", "H2O") for c in data.components])
    for part in data.reduced(face).phases:
        phase = data.phases[part.place]
        gone = part.basis @ phase.model.composition[:, ~face]
        np.testing.assert_allclose(gone, 0.0, atol=1e-12)
        assert not phase.needs


# All of its iron is ferric, to the last digit.
FERRIC_ROCK = {
    "SiO2": 0.9529412511096874, "Al2O3": 0.00892648099738265, "FeO": 3.9415833021506125e-07,
    "MgO": 0.029204801499721822, "CaO": 3.9415833021506125e-07, "Na2O": 0.008926382457800097,
    "O": 1.9707916510753062e-07, "H2O": 9.853958255376531e-08,
}  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize("less", [0.0, 1e-15, 1e-12, 1e-9, 1e-6])
def test_where_all_iron_is_ferric_orthopyroxene_may_have_ferrous_still(less):
    """It takes ferrous iron and sets oxygen free; a trace that was exhausted has to grow again."""
    point = {"pressure_kbar": 6.497099436061846, "temperature_C": 604.730459717278}
    rock = {**FERRIC_ROCK, "O": FERRIC_ROCK["O"] * (1.0 - less)}
    data = gb.database("W14")
    out = solve(data, rock, point)
    assert out["status"] == 0
    assert out["gibbs_energy"] == pytest.approx(-950.299101377, rel=0, abs=2e-8 + 300 * less)
    names = [name for name, _ in instances(data, out)]
    assert "O2" in names
    assert "ilm" not in names


def test_a_basis_of_no_negative_amounts_gives_the_potentials_of_oxides():
    """EF21 holds hydrogen, H2O - O: mu(H2O) = mu(H2) + mu(O), and G = sum mu n in either."""
    data = gb.database("EF21")
    assert min(phase.model.composition.min() for phase in data.phases) < 0.0
    assert min(model.composition.min() for model in data._models) >= 0.0
    for point in equilibria("EF21")[:6]:
        out = solve(data, point["bulk_mol"], point)
        mu = out["chemical_potential"]
        assert mu @ out["bulk_mol"] == pytest.approx(out["gibbs_energy"], abs=1e-9)
        for c, value in point["chemical_potentials"].items():
            assert mu[data.components.index(c)] == pytest.approx(value, abs=1e-4)


def test_alternatives_of_one_mineral_are_never_both_in_play():
    data = gb.database("G16")
    assert {"aug", "ilmm", "spl"}.isdisjoint(
        name for name, on in zip(data.phase_names, data.active, strict=True) if on
    )
    other = gb.database("G16", choose=["aug"])
    assert other.takes_part("aug")
    assert not other.takes_part("dio")
    assert other.sha256 != data.sha256
    assert other is gb.database("G16", choose=["aug"])
    with pytest.raises(gb.errors.InputError, match="choose one"):
        data.choose("aug", "dio")
    with pytest.raises(gb.errors.InputError, match="no alternative"):
        data.choose("bi")


def slopes(values, step):
    """Derivative at the middle of five points, to the fourth order."""
    return (values[0] - 8.0 * values[1] + 8.0 * values[3] - values[4]) / (12.0 * step)


@pytest.mark.parametrize("name", SETS)
def test_relaxed_derivatives_are_those_of_points_solved_nearby(name):
    """Second derivatives of the energy at equilibrium against differences, to 1e-6."""
    by_p, by_t, m, seen = 0.005, 0.25, np.arange(-2, 3), 0
    for point in equilibria(name)[:9]:
        data = gb.database(name, choose=["aug"] if point.get("clinopyroxene") == "aug" else [])
        bulk = np.array([point["bulk_mol"].get(c, 0.0) for c in data.components])
        p, t = point["pressure_kbar"], point["temperature_C"]
        near = gb.equilibria(
            np.tile(bulk / bulk.sum(), (10, 1)),
            pressure_kbar=np.concatenate([p + by_p * m, np.full(5, p)]),
            temperature_C=np.concatenate([np.full(5, t), t + by_t * m]),
            database=data,
            derivatives=("P", "T"),
        )
        ids = near["phase_id"].values
        if (ids != ids[2]).any():
            continue  # across a boundary
        seen += 1
        for quantity in ("entropy", "volume"):
            values = near[quantity].values
            differences = [slopes(values[:5], by_p), slopes(values[5:], by_t)]
            exact = near[f"{quantity}_derivative"].values[2]
            np.testing.assert_allclose(exact, differences, rtol=1e-6, err_msg=point["id"])
    assert seen >= 7


def test_a_rock_open_to_oxygen_has_no_one_set_of_relaxed_properties():
    """Along a buffer dV/dT is not -dS/dP, so that both are second derivatives of no energy.

    From dG = -S dT + V dP + mu dn with n and mu functions of P and T: dV/dT + dS/dP is
    dmu/dP dn/dT - dmu/dT dn/dP.
    """
    point = next(p for p in equilibria("W14") if p["bulk_mol"].get("O", 0.0) > 0.0)
    data = gb.database("W14")
    bulk = np.array([point["bulk_mol"].get(c, 0.0) for c in data.components])
    p, t, by_p, by_t, m = (
        point["pressure_kbar"],
        point["temperature_C"],
        0.02,
        1.0,
        np.arange(-2, 3),
    )
    near = gb.equilibria(
        np.tile(bulk / bulk.sum(), (10, 1)),
        pressure_kbar=np.concatenate([p + by_p * m, np.full(5, p)]),
        temperature_C=np.concatenate([np.full(5, t), t + by_t * m]),
        database=data,
        open={"O": "NNO"},
    )
    ids = near["phase_id"].values
    assert (ids == ids[2]).all(), "across a boundary"
    s, v = near["entropy"].values, near["volume"].values
    s_p, v_t = slopes(s[:5], by_p), slopes(v[5:], by_t)
    held, mu = (
        near[name].values[:, data.components.index("O")]
        for name in ("bulk_mol", "chemical_potential")
    )
    taken = slopes(mu[:5], by_p) * slopes(held[5:], by_t)
    taken -= slopes(mu[5:], by_t) * slopes(held[:5], by_p)
    assert abs(taken) > 1e-3 * abs(v_t)
    assert v_t + s_p == pytest.approx(taken, rel=1e-3)
    one = gb.equilibrium(
        gb.bulk(mol=dict(zip(data.components, bulk.tolist(), strict=True))),
        pressure_kbar=p, temperature_C=t, database=data, open={"O": "NNO"},
    )  # fmt: skip
    with pytest.raises(InputError, match="takes up or gives off"):
        one.properties(kind="relaxed")
