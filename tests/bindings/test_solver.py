"""A solver that keeps its last answers: what it says is what a list of points says, moved or not."""

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

import gibbsite as gb
from gibbsite._inputs.open import opened
from gibbsite.errors import InfeasibleError, InputError
from gibbsite.kernels import solve_nodes
from gibbsite_engine.status import BAD_CONDITIONS, STATUS_NAMES

DATABASE = "T21-Su26"
RNG = np.random.default_rng(20)
N = 60
PRESSURE = RNG.uniform(2.0, 38.0, N)
TEMPERATURE = RNG.uniform(950.0, 1600.0, N)


@pytest.fixture(scope="module")
def rock():
    return gb.bulk("klb-1")


@pytest.fixture(scope="module")
def solver():
    return gb.Solver(DATABASE)


def assert_as_listed(solver, out, rock, pressure, temperature):
    bulks = rock if isinstance(rock, list) else [rock] * len(pressure)
    listed = gb.equilibria(
        bulks, pressure_kbar=pressure, temperature_C=temperature, database=DATABASE
    )
    assert (out.status == 0).all()
    n = out.phase_id.shape[1]
    assert (out.phase_id == listed.phase_id.values[:, :n]).all()
    np.testing.assert_allclose(out.amount_mol, listed.amount_mol.values[:, :n], atol=2e-8)
    np.testing.assert_allclose(out.mass_fraction, listed.mass_fraction.values[:, :n], atol=2e-8)
    np.testing.assert_allclose(out.volume_fraction, listed.volume_fraction.values[:, :n], atol=2e-8)
    np.testing.assert_allclose(out.density_kg_m3, listed.density.values, rtol=1e-8)
    np.testing.assert_allclose(
        out.chemical_potential_kJ_mol, listed.chemical_potential.values, rtol=1e-9
    )
    for name, quantity in (
        ("entropy_J_kgK", "rock.S"),
        ("enthalpy_J_kg", "rock.H"),
        ("melt_mass_fraction", "liq"),
    ):
        values = getattr(out, name)
        if quantity == "liq":
            of = listed.phase_id.values == solver.phases.index("liq")
            wanted = np.where(of, listed.mass_fraction.values, 0.0).sum(axis=1)
        else:
            wanted = listed.gb.quantity(quantity).values
        np.testing.assert_allclose(values, wanted, rtol=1e-7, atol=1e-8)


def test_answers_are_those_of_a_list_first_moved_and_far_away(solver, rock):
    p, t = PRESSURE.copy(), TEMPERATURE.copy()
    out = solver.buffers(N, properties=True, compositions=True)
    assert solver.solve(p, t, rock, out) is out
    assert_as_listed(solver, out, rock, p, t)
    for size in (1e-3, 0.3, 40.0):  # small enough to rest on what was searched, and far too far
        p = np.clip(p + size / 50 * RNG.normal(size=N), 0.5, 45.0)
        t = t + size * RNG.normal(size=N)
        solver.solve(p, t, rock, out)
        assert_as_listed(solver, out, rock, p, t)
    listed = gb.equilibria([rock] * N, pressure_kbar=p, temperature_C=t, database=DATABASE)
    for name, quantity in (
        ("heat_capacity_J_kgK", "rock.Cp.relaxed"),
        ("alpha_per_K", "rock.alpha.relaxed"),
        ("beta_per_kbar", "rock.beta.relaxed"),
    ):
        per_unit = 0.1 if name == "beta_per_kbar" else 1.0  # the quantity is per GPa
        values = per_unit * listed.gb.quantity(quantity).values
        np.testing.assert_allclose(getattr(out, name), values, rtol=1e-6, atol=1e-12)
    composition = listed.phase_composition_mol.values[:, : out.phase_id.shape[1]]
    np.testing.assert_allclose(out.composition_mol, composition, atol=1e-7)


def test_an_old_answer_does_not_decide(rock):
    """Nodes jump over field boundaries and back: the phases are those of the place, each time."""
    solver = gb.Solver(DATABASE)
    hot, cold = np.full(8, 1500.0), np.full(8, 1000.0)
    p = np.linspace(3.0, 38.0, 8)
    for t in (hot, cold, hot, cold):
        out = solver.solve(p, t, rock)
        assert_as_listed(solver, out, rock, p, t)


def test_walking_over_a_boundary_in_small_steps_finds_the_new_phase(rock):
    """Every step is small enough that most phases are not searched; the solidus is not missed."""
    solver = gb.Solver(DATABASE)
    p = np.array([5.0, 10.0, 25.0])
    t = np.array([1100.0, 1200.0, 1440.0])
    seen = []
    for _ in range(160):
        out = solver.solve(p, t, rock)
        seen.append(out.phase_id.copy())
        t = t + 0.5
    some = slice(0, None, 20)
    for step, ids in list(enumerate(seen))[some]:
        at = np.array([1100.0, 1200.0, 1440.0]) + 0.5 * step
        listed = gb.equilibria([rock] * 3, pressure_kbar=p, temperature_C=at, database=DATABASE)
        assert (ids == listed.phase_id.values[:, : ids.shape[1]]).all()
    assert len({tuple(ids[0]) for ids in seen}) > 1, "no boundary was crossed: nothing was tested"


def most_of_one(ids):
    """How many compositions of one phase each point has at most."""
    return ((ids[:, :, None] == ids[:, None, :]) & (ids[:, :, None] >= 0)).sum(axis=2).max(axis=1)


def test_walking_over_a_solvus_in_small_steps_finds_the_second_composition():
    """A phase that is present splits: no search of absent phases would tell."""
    basalt, of = gb.bulk("n-morb", ignore="outside"), {"database": "W24"}
    p, t = (each.ravel() for each in np.meshgrid([2.0, 6.0, 10.0], np.arange(900.0, 1260.0, 8.0)))
    ids = gb.equilibria(basalt, pressure_kbar=p, temperature_C=t, **of)["phase_id"].values
    number = most_of_one(ids).reshape(-1, 3)
    row, column = np.nonzero(np.diff(number, axis=0))
    assert len(row), "no solvus in the range: nothing was tested"
    up = np.where(number[row + 1, column] > number[row, column], 1.0, -1.0)
    p, t = np.array([2.0, 6.0, 10.0])[column], 900.0 + 8.0 * (row + (up < 0))
    solver = gb.Solver("W24")
    for _ in range(46):
        out = solver.solve(p, t, basalt)
        t = t + 0.2 * up
    there = gb.equilibria(basalt, pressure_kbar=p, temperature_C=t - 0.2 * up, **of)
    assert (out.phase_id == there["phase_id"].values[:, : out.phase_id.shape[1]]).all()
    assert (most_of_one(out.phase_id) > 1).any()


def test_walking_over_a_critical_point_finds_the_second_composition():
    """There a composition has a cell that may hide another minimum, until that comes down to the plane."""
    glass = {"SiO2": 28.21, "TiO2": 20.29, "Al2O3": 6.82, "Cr2O3": 0.36, "FeO": 32.09, "MgO": 4.53}
    rock = gb.bulk(wt=glass | {"CaO": 7.23, "Na2O": 0.36, "K2O": 0.11})
    p, t = np.array([2.0, 2.344, 2.7]), np.array([1112.0, 1112.0, 1112.0])
    solver, number = gb.Solver("T21-Su26"), []
    for _ in range(120):
        out = solver.solve(p, t, rock)
        number.append(most_of_one(out.phase_id))
        t = t - 0.25
    at = 1112.0 - 0.25 * np.arange(120)
    listed = gb.equilibria(
        rock, pressure_kbar=np.tile(p, 120), temperature_C=np.repeat(at, 3), database="T21-Su26"
    )
    assert (np.array(number).ravel() == most_of_one(listed["phase_id"].values)).all()
    assert set(np.array(number).ravel()) == {1, 2}


def test_nodes_that_hardly_move_are_not_searched_however_often_they_are_solved(rock):
    """What is known of a composition near the crest of a solvus is no less after the twentieth visit.

    The clinopyroxene of the deep mantle is such a one. Each move takes a driving force down by less than
    a joule, so that none may have come to the plane.
    """
    solver, rng = gb.Solver("W24"), np.random.default_rng(3)
    pressure, temperature = (
        a.ravel() for a in np.meshgrid([13.0, 21.0, 32.0, 41.0], np.linspace(1280.0, 1360.0, 16))
    )
    out, searched = solver.buffers(pressure.size), []
    for _ in range(24):
        solver.solve(pressure, temperature, rock, out)
        assert (out.status == 0).all()
        searched.append(solver.searched)
        temperature += 0.002 * rng.normal(size=temperature.size)
    moved = np.diff(searched)
    assert moved.sum() <= 0.01 * moved.size * pressure.size, moved


def test_one_bulk_a_node_and_rocks_without_some_oxide(rock):
    solver = gb.Solver(DATABASE)
    moles = np.array([rock.array(solver.components)] * 6)
    moles[3:, solver.components.index("Cr2O3")] = 0.0
    moles[:, solver.components.index("MgO")] *= np.linspace(0.97, 1.03, 6)
    p, t = np.full(6, 12.0), np.linspace(1200.0, 1400.0, 6)
    out = solver.solve(p, t, moles)
    for _ in range(2):
        bulks = moles / moles.sum(axis=1, keepdims=True)
        listed = gb.equilibria(bulks, pressure_kbar=p, temperature_C=t, database=DATABASE)
        n = out.phase_id.shape[1]
        assert (out.status == 0).all()
        assert (out.phase_id == listed.phase_id.values[:, :n]).all()
        np.testing.assert_allclose(out.density_kg_m3, listed.density.values, rtol=1e-9)
        moles[:, solver.components.index("Na2O")] *= 1.01
        solver.solve(p, t, moles, out)
    moles[3:, solver.components.index("Cr2O3")] = 1e-3  # another face: what was known is dropped
    out = solver.solve(p, t, moles)
    assert (out.status == 0).all()
    assert np.isfinite(out.density_kg_m3).all()


def test_a_node_that_cannot_be_solved_has_a_name_and_no_number(solver, rock):
    p, t = PRESSURE[:4].copy(), TEMPERATURE[:4].copy()
    p[1], t[2] = 100.0, np.nan
    out = solver.solve(p, t, rock)
    names = [solver.statuses[code] for code in out.status]
    assert names == ["certified", "bad_conditions", "bad_conditions", "certified"]
    assert np.isnan(out.density_kg_m3[1:3]).all()
    assert (out.phase_id[1:3] == -1).all()
    p[1], t[2] = 10.0, 1200.0
    out = solver.solve(p, t, rock)
    assert (out.status == 0).all()
    moles = np.array([rock.array(solver.components)] * 4)
    moles[1] = 0.0
    moles[1, solver.components.index("K2O")] = 1.0
    out = solver.solve(p, t, moles)
    assert solver.statuses[out.status[1]] == "infeasible"
    assert np.isnan(out.density_kg_m3[1])
    assert (np.delete(out.status, 1) == 0).all()


def test_threads_change_nothing_and_calls_at_once_wait_for_each_other(rock):
    n = 400
    rng = np.random.default_rng(4)
    p, t = rng.uniform(5.0, 30.0, n), rng.uniform(1000.0, 1500.0, n)
    one, two = gb.Solver(DATABASE), gb.Solver(DATABASE, workers=2)
    first, second = one.solve(p, t, rock), two.solve(p, t, rock)
    for mine, its in zip(first, second, strict=True):
        np.testing.assert_array_equal(mine, its)
    moved = [t + 0.1 * k for k in range(4)]
    with ThreadPoolExecutor(4) as pool:  # one solver, four threads, in whatever order
        answers = list(pool.map(lambda at: one.solve(p, at, rock), moved))
    for at, out in zip(moved, answers, strict=True):
        alone = two.solve(p, at, rock)
        assert (out.status == 0).all()
        np.testing.assert_allclose(out.density_kg_m3, alone.density_kg_m3, rtol=1e-9)
        assert (out.phase_id == alone.phase_id).all()


def allocated(rock, n):
    """Most bytes that a warm call holds at once beside what it was given."""
    solver = gb.Solver(DATABASE)
    p, t = np.linspace(9.0, 11.0, n), np.linspace(1100.0, 1110.0, n)
    out = solver.buffers(n)
    for _ in range(2):
        solver.solve(p, t, rock, out)
        t += 1e-3
    tracemalloc.start()
    solver.solve(p, t, rock, out)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_a_call_allocates_nothing_as_long_as_the_nodes(rock):
    few, many = allocated(rock, 1000), allocated(rock, 4000)
    assert many < few + 3000 * 2, f"{few} bytes for 1000 nodes, {many} for 4000"


@numba.njit
def advance(task, pressure, temperature, bulk, out, steps):
    """A time step of somebody's code: heat, and ask for the densities."""
    total = 0.0
    for _ in range(steps):
        for i in range(temperature.size):
            temperature[i] += 0.5
        failed = solve_nodes(task, pressure, temperature, bulk, 0, pressure.size, out)
        for i in range(temperature.size):
            total += out.density_kg_m3[i]
    return total, failed


@pytest.mark.slow  # the function is compiled on the way
def test_a_function_of_ones_own_calls_the_kernel(rock):
    solver = gb.Solver(DATABASE)
    p, t = np.linspace(9.0, 20.0, 6), np.linspace(1100.0, 1300.0, 6)
    out = solver.buffers(6)
    task, bulk = solver.task(p, t, rock), solver.task_bulk(rock)
    total, failed = advance(task, p, t, bulk, out, 3)
    assert failed == 0
    assert t[0] == 1101.5
    wanted = sum(solver.solve(p, t - back, rock).density_kg_m3.sum() for back in (1.0, 0.5, 0.0))
    assert total == pytest.approx(wanted, rel=1e-9)


def locked(out):
    out.density_kg_m3.flags.writeable = False
    return out


def turned(out):
    return out._replace(amount_mol=np.asfortranarray(out.amount_mol))


def test_the_kernel_does_nothing_where_what_it_is_given_does_not_fit(rock):
    """It read past the end of a bulk of fewer oxides, and wrote past the end of buffers."""
    solver, n = gb.Solver(DATABASE), 6
    p, t = np.linspace(9.0, 20.0, n), np.linspace(1100.0, 1300.0, n)
    task, bulk, out = solver.task(p, t, rock), solver.task_bulk(rock), solver.buffers(n)
    for wrong in (
        (p, t, bulk[:, 1:].copy(), 0, n, out),
        (p, t, np.repeat(bulk, n - 1, axis=0), 0, n, out),
        (p[1:], t, bulk, 0, n, out),
        (p, t, bulk, 0, n, solver.buffers(n - 1)),
        (p, t, bulk, 0, n, out._replace(density_kg_m3=np.zeros(n - 1))),
        (p, t, bulk, 0, n + 1, out),
        (p, t, bulk, -1, n, out),
        (p, t, bulk, 0, n, gb.Solver("EF21").buffers(n)),
    ):
        assert solve_nodes(task, *wrong) == -1
    assert (out.status == STATUS_NAMES.index("not_run")).all()
    assert solve_nodes(task, p, t, bulk, 0, n, out) == 0


def test_a_bulk_is_for_a_task_of_the_same_oxides():
    """Two sets of as many oxides fitted each other's tasks, and had wrong answers."""
    solver, components = gb.Solver(DATABASE), gb.Solver(DATABASE).components
    rock = gb.bulk("klb-1").array(components)
    one, other = (np.where(np.array(components) == o, 0.0, rock) for o in ("K2O", "Cr2O3"))
    p, t = np.full(2, 10.0), np.full(2, 1300.0)
    mine = solver.task(p, t, one)
    alone = solver.task_bulk(one)
    its = solver.task(p, t, other)
    np.testing.assert_array_equal(solver.task_bulk(one, mine), alone)
    for task, bulk in ((mine, other), (its, one)):
        with pytest.raises(InputError, match="this task is of rocks of other oxides"):
            solver.task_bulk(bulk, task)
    with pytest.raises(InputError, match="say for which task"):
        solver.task_bulk(one)
    out = solver.buffers(2)
    assert solve_nodes(its, p, t, solver.task_bulk(other, its), 0, 2, out) == 0
    assert out.density_kg_m3 == pytest.approx(solver.solve(p, t, other).density_kg_m3, rel=1e-9)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda s, b: s.solve(np.zeros(3), np.zeros(4), b), "3 pressures and 4 temperatures"),
        (lambda s, b: s.solve(np.zeros((2, 2)), np.zeros(4), b), "has 2 axes"),
        (lambda s, b: s.solve(np.ones(3), np.ones(3), [1.0, 2.0]), "moles of"),
        (lambda s, b: s.solve(np.ones(3), np.ones(3), b, s.buffers(4)), r"buffers\(3\)"),
        (lambda s, b: s.solve(np.ones(3), np.ones(3), -np.ones(len(s.components))), "not negative"),
        (lambda s, b: gb.Solver(DATABASE, workers=0), "whole number, 1 or more"),
        (lambda s, b: s.buffers(-1), "whole number, 0 or more"),
        (lambda s, b: s.solve(np.ones(3), np.ones(3), b, tuple(s.buffers(3))), "out is tuple"),
        (lambda s, b: s.solve(np.ones(3), np.ones(3), b, locked(s.buffers(3))), "read-only"),
        (lambda s, b: s.solve(np.ones(3), np.ones(3), b, turned(s.buffers(3))), "not contiguous"),
        (lambda s, b: gb.Solver(DATABASE).task_bulk(b), "no task has been made"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(solver, rock, wrong, words):
    with pytest.raises(InputError, match=words):
        wrong(solver, rock)


def test_an_open_rock_is_refused_with_the_reason():
    data = opened(gb.database("W24"), {"O": "QFM"})
    with pytest.raises(InputError, match="potential of O given"):
        gb.Solver(data)


def test_a_solver_goes_to_another_process_and_finds_the_same_there(solver, rock):
    some = PRESSURE[:5], TEMPERATURE[:5], rock
    here = solver.solve(*some)
    sent = pickle.loads(pickle.dumps(gb.Solver(DATABASE, workers=2)))
    assert (sent.components, sent.phases) == (solver.components, solver.phases)
    there, copied = sent.solve(*some), pickle.loads(pickle.dumps(solver)).solve(*some)
    for answers in (there, copied, pickle.loads(pickle.dumps(here))):
        np.testing.assert_array_equal(answers.status, here.status)
        np.testing.assert_array_equal(answers.phase_id, here.phase_id)
        np.testing.assert_allclose(answers.amount_mol, here.amount_mol, atol=2e-8)


def test_beyond_the_end_of_an_equation_of_state_all_ways_say_the_same():
    """Talc has no energy in EF21 above 1592 degC: no neighbour's answer leads past that."""
    rock = gb.bulk(wt={"SiO2": 44.5, "Al2O3": 3.6, "FeO": 8.0, "MgO": 39.2, "H2O": 0.5})
    temperature = np.linspace(1540.0, 1660.0, 13)
    pressure = np.full(13, 20.0)
    beyond = np.where(temperature > 1592.0, STATUS_NAMES.index("bad_conditions"), 0)
    for order in (slice(None), slice(None, None, -1)):
        listed = gb.equilibria(
            rock, pressure_kbar=pressure, temperature_C=temperature[order], database="EF21"
        )
        assert listed["status"].values.tolist() == beyond[order].tolist()
    solver = gb.Solver("EF21")
    out = solver.solve(pressure, np.full(13, 1590.0), rock)
    assert not out.status.any()
    out = solver.solve(pressure, temperature, rock, out)  # each node from its answer at 1590 degC
    assert out.status.tolist() == beyond.tolist()


@pytest.mark.parametrize("workers", [1, 3])
def test_nodes_of_which_none_is_in_range_have_a_status(rock, workers):
    """All of them, or all that are made of the same: no curve goes through no node."""
    found = gb.Solver("W24", workers=workers)
    out = found.solve(np.full(3, np.nan), np.full(3, 1300.0), rock)
    assert out.status.tolist() == [BAD_CONDITIONS] * 3
    assert found.solve(np.zeros(0), np.zeros(0), rock).status.tolist() == []
    bulk = np.tile(rock.array(found.components), (4, 1))
    bulk[2:, found.components.index("TiO2")] = 0.0
    p, t = np.full(4, 10.0), np.array([1300.0, 1310.0, np.nan, 9999.0])
    out = found.solve(p, t, bulk)
    assert out.status.tolist() == [0, 0, BAD_CONDITIONS, BAD_CONDITIONS]
    assert (found.solve(p, np.full(4, 1300.0), bulk).status == 0).all()


def test_a_phase_of_no_amount_has_no_part_in_the_properties():
    """The last answer of Newton's method holds fluid, 1e-20 of it, and so four phases of three components."""
    rock = gb.bulk(mol={"SiO2": 0.24873, "MgO": 0.4445, "H2O": 0.30677}, ignore="outside")
    found, p, t = gb.Solver("EF21"), np.array([8.5]), np.array([333.6])
    out = found.solve(p, t, rock, found.buffers(1, properties=True))
    listed = gb.equilibria(rock, pressure_kbar=p, temperature_C=t, database="EF21")
    assert (out.phase_id[0] >= 0).sum() == 3
    for name, values in (
        ("heat_capacity", out.heat_capacity_J_kgK),
        ("alpha", out.alpha_per_K),
        ("beta", out.beta_per_kbar),
    ):
        relaxed = listed.gb.property(name, kind="relaxed").values
        np.testing.assert_allclose(values, relaxed, rtol=1e-9, err_msg=name)


def test_properties_depend_on_no_point_before():
    """An order that was looked for from another's was another in its last bits, and so were properties."""
    pelite = {
        "SiO2": 64.0,
        "Al2O3": 13.0,
        "FeO": 6.0,
        "MgO": 4.0,
        "CaO": 1.4,
        "Na2O": 2.0,
        "K2O": 2.7,
    }
    rock = gb.bulk(mol={**pelite, "TiO2": 0.9, "MnO": 0.1, "O": 0.3, "H2O": 6.0})
    for p, t in (
        ([10.639189034682392, 11.586888194849452], [654.2710425718831, 646.1510050776046]),
        ([4.736968150833844, 3.476275919252977], [814.5265804255656, 974.7735382670796]),
    ):
        solver = gb.Solver("W14")
        first, again = (
            solver.solve(np.array(p), np.array(t), rock, solver.buffers(2, properties=True))
            for _ in range(2)
        )
        for mine, its in zip(first, again, strict=True):
            np.testing.assert_array_equal(mine, its)


def test_a_task_of_what_no_phases_make_names_the_oxide_in_excess(solver, rock):
    where, magnesia = (np.array([10.0]), np.array([1300.0])), gb.bulk(mol={"MgO": 9.0, "SiO2": 1.0})
    with pytest.raises(InfeasibleError, match="it holds more MgO than"):
        solver.task(*where, magnesia)
    for task in (None, solver.task(*where, rock)):
        with pytest.raises(InfeasibleError, match="it holds more MgO than"):
            solver.task_bulk(magnesia, task)


def test_what_is_no_task_is_refused(solver, rock):
    with pytest.raises(InputError, match="task = 'mine' is none: make one by task"):
        solver.task_bulk(rock, "mine")
