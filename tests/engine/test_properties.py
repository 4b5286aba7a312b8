"""Properties of assemblages against an independent evaluation, and against re-solved points."""

import json
from functools import cache

import numpy as np
import pytest
from engine_calls import DATABASES, REFERENCE, Phase, solve_system

from gibbsite._inputs.database import database
from gibbsite_engine.assemblages import Assemblages, new_responses
from gibbsite_engine.curvature import set_curvatures
from gibbsite_engine.present import new_standard, set_present
from gibbsite_engine.properties import fill_properties, new_property_work
from gibbsite_engine.response import RESPONSE_NAMES
from gibbsite_engine.standard import set_conditions

ELASTICITY = json.loads((REFERENCE / "elasticity.json").read_text(encoding="utf-8"))
POINTS = ELASTICITY["points"]
KINDS = ("frozen", "ordered", "relaxed")


@cache
def evaluated(i):
    """Properties of reference point i at the proportions and amounts given there."""
    point = POINTS[i]
    data = database(point["set"])
    bulk = np.array([point["bulk_mol"].get(c, 0.0) for c in data.components])
    reduced = data.reduced(data.face(bulk[None])[0])
    found = new_responses(reduced.system, 1, derivatives=True, bulk=True)
    answers = assemblage(data, reduced, point)
    fill_properties(reduced.system, answers, new_property_work(reduced.system, bulk=True), found)
    assert RESPONSE_NAMES[found.status[0]] == "available"
    return data, reduced, answers, found


def assemblage(data, reduced, point):
    """The assemblage of a reference point, in the engine's arrays."""
    size = reduced.system.phases.size.shape[1]
    slots = reduced.system.phases.composition.shape[2] + 2
    out = Assemblages(
        np.array([point["pressure_kbar"]]),
        np.array([point["temperature_C"] + 273.15]),
        np.array([len(point["phases"])]),
        np.zeros((1, slots), np.int64),
        np.zeros((1, slots)),
        np.zeros((1, slots, size)),
    )
    for j, phase in enumerate(point["phases"]):
        place = data.phase_names.index(phase["name"])
        k = reduced.index[place]
        p = np.array([phase["proportions"].get(n, 0.0) for n in data.phases[place].endmembers])
        p = reduced.phases[k].to_reduced(p / p.sum())
        out.phase[0, j], out.amount[0, j] = k, phase["amount_mol"]
        out.proportions[0, j, : len(p)] = p
    return out


def derived(t, v, tt, tp, pp):
    """Cp, alpha, K_T, K_S of an amount with the volume v."""
    return {
        "Cp": -t * tt, "alpha": tp / v, "KT": -v / pp, "KS": -v / (pp - tp * tp / tt),
    }  # fmt: skip


@pytest.mark.parametrize("i", range(len(POINTS)))
def test_phases_are_as_evaluated_elsewhere(i):
    point = POINTS[i]
    _, _, answers, found = evaluated(i)
    for j, phase in enumerate(point["phases"]):
        _, s, v = found.molar[0, j]
        here = derived(answers.temperature[0], v, *found.second[0, 0, j])
        assert v == pytest.approx(phase["V"], rel=1e-9), phase["name"]
        assert s == pytest.approx(phase["S"], rel=1e-9), phase["name"]
        for name, value in here.items():
            assert value == pytest.approx(phase[name], rel=1e-8), (phase["name"], name)


@pytest.mark.parametrize("i", range(len(POINTS)))
def test_rocks_are_as_evaluated_elsewhere(i):
    point = POINTS[i]
    data, reduced, answers, found = evaluated(i)
    amount = answers.amount[0]
    sums = [np.nansum(amount[:, None] * found.second[0, x], axis=0) for x in range(2)]
    v = np.nansum(amount * found.molar[0, :, 2])
    for kind, second in zip(KINDS, [*sums, found.relaxed[0]], strict=True):
        expected = point["system"][kind]
        for name, value in derived(answers.temperature[0], v, *second).items():
            assert value == pytest.approx(expected[name], rel=1e-6), (kind, name)
    present = [c for c, on in zip(data.components, reduced.present, strict=True) if on]
    for r, x in enumerate("TP"):
        gamma = dict(zip(present, found.gamma[0, :, r], strict=True))
        for name, value in point["system"][f"dGamma_d{x}"].items():
            assert gamma[name] == pytest.approx(value, rel=1e-6, abs=1e-7), name
        steps = point["system"][f"damount_d{x}"]
        scale = 1e-6 * np.abs(steps).max()
        np.testing.assert_allclose(found.amount[0, : len(steps), r], steps, rtol=1e-6, atol=scale)


@pytest.mark.parametrize("i", range(len(POINTS)))
def test_second_derivatives_are_slopes_of_what_the_answer_becomes(i):
    """The relaxed ones take no changes of amounts and compositions, of which these slopes are made."""
    _, _, _, found = evaluated(i)
    tt, tp, pp = found.relaxed[0]
    np.testing.assert_allclose(found.energy[0, :, :2], [[tt, tp], [tp, pp]], rtol=1e-9)


@pytest.mark.parametrize("i", range(0, len(POINTS), 5))
def test_what_is_not_asked_for_is_left_out(i):
    _, reduced, answers, found = evaluated(i)
    for asked in ({"ordered": False}, {"relaxed": False}, {"ordered": False, "relaxed": False}):
        some = new_responses(reduced.system, 1, **asked)
        fill_properties(reduced.system, answers, new_property_work(reduced.system), some)
        np.testing.assert_array_equal(some.molar[..., 0], found.molar[..., 0])
        np.testing.assert_allclose(some.molar, found.molar, rtol=1e-12)
        np.testing.assert_array_equal(some.second[0], found.second[0, : some.second.shape[1]])
        np.testing.assert_array_equal(some.relaxed, found.relaxed[: len(some.relaxed)])


@pytest.mark.parametrize("i", range(len(POINTS)))
def test_order_and_reaction_only_add_to_heat_capacity_and_compressibility(i):
    _, _, answers, found = evaluated(i)
    frozen, ordered = (
        np.nansum(answers.amount[0][:, None] * found.second[0, x], axis=0) for x in range(2)
    )
    relaxed = found.relaxed[0]
    for x in (0, 2):  # TT and PP are negative
        assert relaxed[x] <= ordered[x] <= frozen[x] < 0.0
    added = np.array([relaxed[0] - frozen[0], relaxed[2] - frozen[2], relaxed[1] - frozen[1]])
    assert added[0] * added[1] >= added[2] ** 2 * (1 - 1e-12)


@pytest.mark.parametrize("i", range(len(POINTS)))
def test_the_mixed_derivative_does_not_depend_on_the_order(i):
    found = evaluated(i)[-1]
    assert found.energy[0, 0, 1] == pytest.approx(found.energy[0, 1, 0], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("i", [0, 5, 11])
def test_the_energies_of_present_phases_are_those_of_all(i):
    _, reduced, answers, _ = evaluated(i)
    system, phases = reduced.system, set(answers.phase[0, : answers.number[0]].tolist())
    p, t = answers.pressure[0], answers.temperature[0]
    one, all_ = new_standard(system), new_standard(system)
    set_present(system, answers, 0, one)
    set_conditions(system, p, t, all_.conditions)
    set_curvatures(system, p, t, all_.terms, all_.curvatures)
    known = np.isfinite(one.thermal.at).all(axis=1)
    assert 0 < np.count_nonzero(known) < known.size
    for k in phases:
        np.testing.assert_array_equal(one.curvatures[k], all_.curvatures[k])
        for name in ("g0", "s0", "v0", "interaction"):
            mine, its = (getattr(work.conditions, name)[k] for work in (one, all_))
            np.testing.assert_allclose(mine, its, rtol=1e-14)  # melts by another formula


@pytest.mark.parametrize("i", range(len(POINTS)))
def test_derivatives_by_the_bulk_keep_the_laws_of_mass(i):
    """Along the bulk itself nothing happens but growth: Gamma' b = 0, a' b = a, p' b = 0."""
    data, reduced, answers, found = evaluated(i)
    bulk = np.array([POINTS[i]["bulk_mol"].get(c, 0.0) for c in data.components])
    bulk = bulk[reduced.present]
    n = answers.number[0]
    g_bb = found.gamma[0, :, 2:]
    np.testing.assert_allclose(g_bb, g_bb.T, rtol=1e-6, atol=1e-8 * np.abs(g_bb).max())
    assert np.linalg.eigvalsh(g_bb)[0] > -1e-8 * np.abs(g_bb).max()
    assert np.abs(g_bb @ bulk).max() < 1e-9 * np.abs(g_bb).max()
    a, da, dp = answers.amount[0, :n], found.amount[0, :n, 2:], found.proportions[0, :n, :, 2:]
    np.testing.assert_allclose(da @ bulk, a, rtol=1e-6, atol=1e-8)
    assert np.abs(dp @ bulk).max() < 1e-6 * np.abs(dp).max()
    s, v = (found.molar[0, :n, x] @ a for x in (1, 2))
    np.testing.assert_allclose(found.energy[0, :, 2:] @ bulk, [-s, v], rtol=1e-7)
    np.testing.assert_allclose(found.energy[0, 0, 2:], found.gamma[0, :, 0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.energy[0, 1, 2:], found.gamma[0, :, 1], rtol=1e-6, atol=1e-7)


KLB1 = {
    "SiO2": 0.38488, "Al2O3": 0.01776, "CaO": 0.02824, "MgO": 0.50558, "FeO": 0.05885,
    "K2O": 0.0001, "Na2O": 0.0025, "TiO2": 0.001, "Cr2O3": 0.00109,
}  # fmt: skip
BASALT = {
    "SiO2": 0.5326, "Al2O3": 0.0942, "CaO": 0.1222, "MgO": 0.1222, "FeO": 0.0866, "K2O": 0.001,
    "Na2O": 0.029, "TiO2": 0.0121, "Cr2O3": 0.0001,
}  # fmt: skip
RESOLVED = [(KLB1, 12.0, 1600.0), (KLB1, 9.0, 1350.0), (BASALT, 5.0, 1450.0)]


def solved(reduced, moles, pressure, temperature, **directions):
    """Properties at a point that is solved here, with the answer."""
    answer = solve_system(reduced.system, moles, pressure, temperature)
    order = sorted(
        range(len(answer.phases)), key=lambda j: (answer.phases[j], *answer.proportions[j].round(4))
    )
    answer = answer._replace(
        phases=[answer.phases[j] for j in order],
        amounts=answer.amounts[order],
        proportions=[answer.proportions[j] for j in order],
    )
    slots = reduced.system.phases.composition.shape[2] + 2
    answers = Assemblages(
        np.array([pressure]), np.array([temperature]), np.array([len(answer.phases)]),
        np.zeros((1, slots), np.int64), np.zeros((1, slots)),
        np.zeros((1, slots, reduced.system.phases.size.shape[1])),
    )  # fmt: skip
    for j, k in enumerate(answer.phases):
        answers.phase[0, j], answers.amount[0, j] = k, answer.amounts[j]
        answers.proportions[0, j, : len(answer.proportions[j])] = answer.proportions[j]
    return answer, answers, evaluate(reduced, answers, **directions)


def evaluate(reduced, answers, **directions):
    system = reduced.system
    found = new_responses(system, 1, derivatives=True, **directions)
    fill_properties(system, answers, new_property_work(system, **directions), found)
    return found


def entropy_volume(reduced, bulk, pressure, temperature):
    """-S and V of a point, and its phases."""
    answer, answers, found = solved(reduced, bulk, pressure, temperature)
    n = len(answer.phases)
    s, v = answers.amount[0, :n] @ found.molar[0, :n, 1:]
    return np.array([-s, v]), answer


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize(("oxides", "pressure", "temperature"), RESOLVED)
def test_relaxed_derivatives_are_those_of_points_solved_nearby(name, oxides, pressure, temperature):
    data = database(name)
    bulk = np.array([oxides.get(c, 0.0) for c in data.components])
    reduced = data.reduced(data.face(bulk[None])[0])
    bulk = bulk[reduced.present] / bulk.sum()
    answer, _, found = solved(reduced, bulk, pressure, temperature)
    for x, (dp, dt) in enumerate([(0.0, 0.2), (0.02, 0.0)]):
        near = [
            entropy_volume(reduced, bulk, pressure + m * dp, temperature + m * dt)
            for m in (-2, -1, 1, 2)
        ]
        assert all(other.phases == answer.phases for _, other in near), "across a boundary"
        f = [value for value, _ in near]
        slope = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * (dp + dt))
        np.testing.assert_allclose(found.energy[0, :, x], slope, rtol=1e-7)
        amounts = [other.amounts for _, other in near]
        slope = (amounts[0] - 8 * amounts[1] + 8 * amounts[2] - amounts[3]) / (12 * (dp + dt))
        n = len(answer.phases)
        scale = np.abs(slope).max()
        np.testing.assert_allclose(found.amount[0, :n, x], slope, rtol=1e-6, atol=1e-6 * scale)


@pytest.mark.parametrize("boundary", ELASTICITY["field_boundaries"], ids=lambda b: b["phase"])
def test_the_jump_at_a_boundary_has_rank_one_and_is_known(boundary):
    """A phase of no amount more: Cp and 1/K_T step up by T D_T^2/sigma and D_P^2/sigma."""
    data = database("W24")
    bulk = np.array([POINTS[0]["bulk_mol"].get(c, 0.0) for c in data.components])
    reduced = data.reduced(data.face(bulk[None])[0])
    bulk = bulk[reduced.present]
    p, t = boundary["pressure_kbar"], boundary["temperature_K"]
    k = reduced.index[data.phase_names.index(boundary["phase"])]
    sides = {dt: solved(reduced, bulk, p, t + dt, bulk=True) for dt in (-1e-3, 1e-3)}
    (inside,) = [a for a, _, _ in sides.values() if k in a.phases]
    (out,) = [dt for dt, (a, _, _) in sides.items() if k not in a.phases]
    answer, answers, without = solved(reduced, bulk, p, t + 1e-4 * out, bulk=True)
    assert k not in answer.phases
    phase = Phase(reduced.system, k, p, t)
    d, composition, _, _ = phase.descend(inside.proportions[inside.phases.index(k)], answer.gamma)
    assert abs(d) < 1e-5
    n = int(answers.number[0])
    answers.number[0], answers.phase[0, n] = n + 1, k
    answers.proportions[0, n, : len(composition)] = composition
    with_it = evaluate(reduced, answers, bulk=True)
    oxides = composition @ phase.composition
    sigma = oxides @ without.gamma[0, :, 2:] @ oxides
    slopes = with_it.molar[0, n, 1:] * [-1.0, 1.0] - oxides @ without.gamma[0, :, :2]
    assert slopes[0] == pytest.approx(boundary["D_T"], rel=1e-6)
    assert slopes[1] == pytest.approx(boundary["D_P"], rel=1e-6)
    assert sigma == pytest.approx(boundary["sigma"], rel=1e-6)
    jump = with_it.relaxed[0] - without.relaxed[0]
    closed = -np.array([slopes[0] ** 2, slopes[0] * slopes[1], slopes[1] ** 2]) / sigma
    np.testing.assert_allclose(jump, closed, rtol=1e-7)
    cp = [-t * found.relaxed[0, 0] for found in (without, with_it)]
    assert cp[0] == pytest.approx(boundary["Cp_relaxed_without"], rel=1e-6)
    assert cp[1] == pytest.approx(boundary["Cp_relaxed_with"], rel=1e-6)
    v = answers.amount[0, :n] @ without.molar[0, :n, 2]
    assert -v / with_it.relaxed[0, 2] == pytest.approx(boundary["KT_relaxed_with"], rel=1e-6)
    assert -slopes[0] / slopes[1] == pytest.approx(boundary["dPdT_boundary"], rel=1e-6)
