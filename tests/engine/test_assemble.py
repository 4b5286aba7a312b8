"""A database reduced to the components of a bulk: same energies, fewer numbers."""

import numpy as np
import plain_model
import pytest
from dry import database
from engine_calls import (
    DATABASES,
    Phase,
    conditions_at,
    reduced,
    reference_points,
    solve_point,
    solve_system,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gibbsite_engine.assemble import assemble
from gibbsite_engine.factors import ONE, RT
from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import CERTIFIED

ABSENT = [("K2O",), ("FeO",), ("Al2O3",), ("Cr2O3", "TiO2"), ("Na2O", "MgO", "K2O")]


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("absent", ABSENT)
@given(pressure=st.floats(0.001, 60), temperature=st.floats(800, 2400))
@settings(max_examples=3)
def test_energy_on_a_face_is_that_of_the_whole_model(name, absent, pressure, temperature):
    """In new end-members as in the old, for every composition without the absent components."""
    small, rng = reduced(name, absent), np.random.default_rng(4)
    whole = conditions_at(reduced(name).system, pressure, temperature)
    gas_constant = small.system.endmembers.gas_constant
    for k, part in enumerate(small.phases):
        ours = Phase(small.system, k, pressure, temperature)
        model = database(name).phases[part.place].model
        standard = whole.g0[part.place, : len(model.size)]
        if len(ours.occupancy):
            compositions = plain_model.random_proportions(vertices(ours.occupancy), rng, 3)
        else:
            compositions = [np.ones(1)]
        for p in compositions:
            old = p @ part.basis
            lost = model.occupancy @ old <= 1e-14  # species that vanish on the face
            kept = model._replace(
                occupancy=model.occupancy[~lost], multiplicity=model.multiplicity[~lost]
            )
            expected = plain_model.energy(kept, standard, old, pressure, temperature, gas_constant)
            assert ours.potentials(p)[0] == pytest.approx(expected, rel=0, abs=1e-7)
            left = (model.composition.T @ old)[small.present]
            np.testing.assert_allclose(ours.composition.T @ p, left, rtol=0, atol=1e-12)
            gone = (model.composition.T @ old)[~small.present]
            np.testing.assert_allclose(gone, 0.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("absent", [(), *ABSENT])
def test_proportions_on_a_face_come_back_from_those_of_the_whole_model(name, absent):
    small, data = reduced(name, absent), database(name)
    assert [small.index[i] for i in small.ids] == list(range(len(small.phases)))
    rng = np.random.default_rng(5)
    for i, part in zip(small.ids, small.phases, strict=True):
        new, old = part.basis.shape
        rows = rng.uniform(-0.2, 1.0, (4, new))
        whole = part.to_whole(np.pad(rows, ((0, 0), (0, 3))))  # arrays of all phases are wider
        assert whole.shape == (4, old) == (4, len(data.phases[i].endmembers))
        oxides = whole @ data.phases[i].model.composition
        np.testing.assert_allclose(
            oxides[:, small.present], rows @ part.model.composition, atol=1e-12
        )
        np.testing.assert_allclose(oxides[:, ~small.present], 0.0, atol=1e-12)
        np.testing.assert_allclose(
            part.to_reduced(np.pad(whole, ((0, 0), (0, 2)))), rows, atol=1e-12
        )
        np.testing.assert_allclose(part.to_reduced(whole[0]), rows[0], atol=1e-12)


def test_atoms_of_well_known_minerals():
    data, system = database("T21-Su26"), reduced("T21-Su26").system
    atoms = {
        name: system.phases.atoms[k, i]
        for k, phase in enumerate(data.phases)
        for i, name in enumerate(phase.endmembers)
    }
    expected = {"fo": 7, "an": 13, "di": 10, "q": 3, "cor": 5, "usp": 7, "py": 20, "oilm": 5}
    assert {name: atoms[name] for name in expected} == expected


def test_vertices_are_enumerated_once_a_phase(monkeypatch):
    """Assembling costs every fresh process and every set of components."""
    counted = []
    monkeypatch.setattr(
        "gibbsite_engine.assemble.vertices",
        lambda occupancy: counted.append(1) or vertices(occupancy),
    )
    data = database("T21-Su26")
    models = [phase.model for phase in data.phases]
    assemble(data.endmembers, models, np.ones(len(data.components), bool))
    assert len(counted) == len(models)


@pytest.mark.parametrize("absent", [("K2O",), ("K2O", "TiO2"), ("MgO", "FeO", "Cr2O3")])
def test_vertices_of_a_face_are_those_of_the_whole_that_lie_on_it(absent):
    """In order, whether they are enumerated anew on the face or picked."""
    for phase in reduced("T21-Su26", absent).phases:
        expected = vertices(phase.model.occupancy) if len(phase.basis) > 1 else np.ones((1, 1))
        np.testing.assert_allclose(phase.corners, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", DATABASES)
def test_bounds_hold_over_the_whole_polytope(name):
    """No composition has a mixing entropy or excess energy beyond the extremes noted."""
    system, rng = reduced(name).system, np.random.default_rng(5)
    for k, n in enumerate(system.phases.n_endmembers):
        phase = Phase(system, k, 1.0, 1400.0)
        if phase.n == 1:
            continue
        model = database(name).phases[k].model
        corners = vertices(phase.occupancy)
        first, last = system.bounds.vertex_start[k : k + 2]
        np.testing.assert_array_equal(system.bounds.vertices[first:last, :n], corners)
        p = plain_model.random_proportions(corners, rng, 2000, evenness=0.2)
        zero = np.zeros(n)
        ideal = model._replace(interaction=np.zeros_like(model.interaction))
        s = plain_model.energy(ideal, zero, p, 0.0, 1.0, 1.0)
        assert system.bounds.ends[k, RT, 0] <= s.min()
        assert s.max() <= system.bounds.ends[k, RT, 1]
        weights = rng.dirichlet(
            np.full(len(corners), 0.3), 500
        )  # of vertices: compositions mixed of them
        mixed = weights @ corners
        s = plain_model.energy(ideal, zero, mixed, 0.0, 1.0, 1.0)
        above, below = system.bounds.mixing[:, first:last]
        assert (weights @ below <= s + 1e-12).all()
        assert (s <= weights @ above + 1e-12).all()
        for part in range(3):
            only = np.zeros_like(model.interaction)
            only[..., 0] = model.interaction[..., part]
            e = plain_model.energy(model._replace(interaction=only), zero, p, 0.0, 1.0, 0.0)
            assert system.bounds.ends[k, ONE + part, 0] <= e.min() + 1e-12
            assert e.max() <= system.bounds.ends[k, ONE + part, 1] + 1e-12


def without(model, component):
    """A model with the end-members that hold a component struck out by hand; None if all do."""
    kept = model.composition[:, component] == 0
    if not kept.any():
        return None
    occupancy = model.occupancy[:, kept]
    used = abs(occupancy).max(axis=1, initial=0.0) > 0
    rest = np.arange(model.composition.shape[1]) != component
    return model._replace(
        composition=model.composition[kept][:, rest],
        atoms=model.atoms[kept],
        multiplicity=model.multiplicity[used],
        occupancy=occupancy[used],
        size=model.size[kept],
        log_constant=model.log_constant[kept],
        interaction=model.interaction[kept][:, kept],
        make=model.make[kept],
        energy=model.energy[kept],
    )


def bulk_of(point, components):
    moles = np.array([point["bulk_mol"].get(c, 0.0) for c in components])
    return moles / moles.sum()


@pytest.mark.compiled
@pytest.mark.parametrize("gone", ["K2O", "TiO2", "Na2O"])
@pytest.mark.parametrize("index", [3, 12, 57, 234, 601])
def test_absent_component_is_a_smaller_system(gone, index):
    """A bulk with exactly none of a component, and a database that has never heard of it."""
    data, point = database("T21-Su26"), reference_points("T21-Su26")[index]
    p, t = point["pressure_kbar"], point["temperature_C"] + 273.15
    found = solve_point("T21-Su26", {**point["bulk_mol"], gone: 0.0}, p, t)
    column = data.components.index(gone)
    models = [m for phase in data.phases if (m := without(phase.model, column)) is not None]
    system, _ = assemble(data.endmembers, models, np.ones(len(data.components) - 1, bool))
    bulk = np.delete(bulk_of(point, data.components), column)
    bulk /= bulk.sum()
    answer = solve_system(system, bulk, p, t)
    assert found.answer.status == answer.status == CERTIFIED
    assert found.answer.energy == pytest.approx(answer.energy, rel=0, abs=1e-9)
    np.testing.assert_allclose(found.answer.gamma, answer.gamma, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        np.sort(found.answer.amounts), np.sort(answer.amounts), rtol=0, atol=1e-7
    )


@pytest.mark.compiled
@pytest.mark.parametrize("gone", ["K2O", "Cr2O3", "TiO2", "FeO", "Na2O"])
@pytest.mark.parametrize("index", [1, 21, 103, 480])
def test_a_trace_changes_little(gone, index):
    """From none to a trace of a component, G falls by no more than the trace can be worth."""
    point = reference_points("T21-Su26")[index]
    p, t = point["pressure_kbar"], point["temperature_C"] + 273.15
    energies = []
    for amount in (0.0, 1e-9, 1e-7):
        found = solve_point("T21-Su26", {**point["bulk_mol"], gone: amount}, p, t)
        assert found.answer.status == CERTIFIED
        energies.append(found.answer.energy * sum({**point["bulk_mol"], gone: amount}.values()))
    changes = np.diff(energies)
    assert -3e-6 < changes[0] < 0
    assert -3e-4 < changes[1] < 0


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(6))
def test_order_of_components_is_irrelevant(seed):
    data, point = database("T21-Su26"), reference_points("T21-Su26")[97 * seed]
    order = np.random.default_rng(seed).permutation(len(data.components))
    models = [
        p.model._replace(composition=p.model.composition[:, order].copy()) for p in data.phases
    ]
    bulk = bulk_of(point, data.components)
    assert (bulk > 0).all()
    system, _ = assemble(data.endmembers, models, np.ones(len(order), bool))
    p, t = point["pressure_kbar"], point["temperature_C"] + 273.15
    shuffled = solve_system(system, bulk[order], p, t)
    straight = solve_point("T21-Su26", dict(zip(data.components, bulk, strict=True)), p, t).answer
    assert shuffled.status == straight.status == CERTIFIED
    assert shuffled.energy == pytest.approx(straight.energy, rel=0, abs=1e-9)
    np.testing.assert_allclose(shuffled.gamma, straight.gamma[order], rtol=0, atol=1e-6)
    assert sorted(shuffled.phases) == sorted(straight.phases)
    np.testing.assert_allclose(
        np.sort(shuffled.amounts), np.sort(straight.amounts), rtol=0, atol=1e-7
    )


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(4))
def test_order_of_endmembers_is_irrelevant(seed):
    """The end-members of every phase, listed in another order."""
    data, point = database("T21-Su26"), reference_points("T21-Su26")[131 * seed + 5]
    rng, models = np.random.default_rng(seed), []
    for phase in data.phases:
        m, order = phase.model, rng.permutation(len(phase.model.size))
        models.append(
            m._replace(
                composition=m.composition[order],
                atoms=m.atoms[order],
                occupancy=np.ascontiguousarray(m.occupancy[:, order]),
                size=m.size[order],
                log_constant=m.log_constant[order],
                interaction=np.ascontiguousarray(m.interaction[order][:, order]),
                make=m.make[order],
                energy=m.energy[order],
            )
        )
    system, _ = assemble(data.endmembers, models, np.ones(len(data.components), bool))
    p, t = point["pressure_kbar"], point["temperature_C"] + 273.15
    shuffled = solve_system(system, bulk_of(point, data.components), p, t)
    assert shuffled.status == CERTIFIED
    assert shuffled.energy == pytest.approx(point["gibbs_energy"], rel=0, abs=1e-7)
