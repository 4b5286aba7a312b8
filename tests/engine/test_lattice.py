"""Standard energies from polynomials in cells of P and T."""

import numpy as np
import pytest
from engine_calls import conditions_at

import gibbsite as gb
from gibbsite_engine.lattice import KBAR, KELVIN, TOLERANCE, fill_cells
from gibbsite_engine.standard import new_conditions, set_conditions

BEYOND = 2.0  # what was compared at some points of a cell may be so much worse at others


def system(name):
    """All phases of a database, for a rock of all its components."""
    data = gb.database(name)
    amounts = np.full((1, len(data.components)), 0.02)
    amounts[0, [data.components.index(c) for c in ("SiO2", "Al2O3", "MgO", "FeO")]] = (
        2,
        0.5,
        0.4,
        0.5,
    )
    amounts /= amounts.sum()
    assert data.excess(amounts)[0] < 0
    return data.reduced(data.face(amounts)[0]).system


def with_cells(of, cells):
    """A system with a lattice of some cells."""
    lattice = fill_cells(of.endmembers, cells)
    numbers = np.full(cells.max(axis=0) + 1, -1)
    numbers[tuple(cells.T)] = np.arange(len(cells))
    return of._replace(lattice=lattice._replace(cell=numbers))


@pytest.fixture(scope="module", params=["T21-Su26", "W24", "W14", "G16", "G25", "EF21"])
def pair(request):
    """A system, the same with a lattice, and points in its cells."""
    rng, of = np.random.default_rng(7), system(request.param)
    cells = np.unique(rng.integers((0, 15), (60, 77), (60, 2)), axis=0)
    inside = cells[rng.integers(0, len(cells), 400)] + rng.uniform(0.0, 1.0, (400, 2))
    return of, with_cells(of, cells), inside[:, 0] * KBAR, inside[:, 1] * KELVIN


def test_cells_have_the_energies_of_the_equation_of_state(pair):
    exact, told, pressure, temperature = pair
    one, two = new_conditions(exact), new_conditions(exact)
    worst, finite = np.zeros(3), np.zeros(2)
    for p, t in zip(pressure, temperature, strict=True):
        set_conditions(exact, p, t, one)
        set_conditions(told, p, t, two)
        known = np.isfinite(one.endmember_g).all(axis=0)
        assert (np.isfinite(two.endmember_g).all(axis=0) == known).all()
        difference = np.abs(two.endmember_g[:, known] - one.endmember_g[:, known])
        worst = np.maximum(worst, difference.max(axis=1))
        finite += known.sum(), (difference[0] > 0).sum()
    # most are told by polynomials, which never are the same to the last bit
    assert finite[1] > 0.5 * finite[0]
    assert told.lattice.exact.mean() < 0.1
    assert worst[0] < BEYOND * TOLERANCE  # kJ/mol
    assert worst[1] < 2e-10  # kJ/(K mol)
    assert worst[2] < 5e-9  # kJ/(kbar mol)


def test_energies_are_the_same_to_the_last_bit_whatever_was_asked_before(pair):
    """What is kept of a cell from one point to the next never serves another cell or pressure."""
    exact, told, pressure, temperature = pair
    kept, rng = new_conditions(exact), np.random.default_rng(3)
    cells = np.column_stack([pressure // KBAR, temperature // KELVIN]).astype(int)
    renumbered = with_cells(exact, np.unique(cells, axis=0)[::-1].copy())
    for i in rng.integers(0, len(pressure), 200):
        for p, t in (
            (pressure[i], temperature[i]), (pressure[i], temperature[i] + KELVIN),
            (pressure[i - 1], temperature[i]), (pressure[i], temperature[i - 1]),
        ):  # fmt: skip
            for of in (told, exact, renumbered):
                kept.factors[:] = np.nan  # what was filled for another lattice is filled anew
                set_conditions(of, p, t, kept)
                fresh = new_conditions(exact)
                set_conditions(of, p, t, fresh)
                assert np.array_equal(kept.endmember_g, fresh.endmember_g, equal_nan=True)


def test_what_bends_within_a_cell_is_left_to_the_equation_of_state():
    of = system("W24")
    landau = np.flatnonzero(of.endmembers.transition == 1)[0]
    tc0, s_max, v_max = of.endmembers.transition_parameters[landau, :3]
    crossed = 0
    for p in np.linspace(0.05, 20.0, 60):
        tc = tc0 + p * v_max / s_max
        cell = np.array([[p // KBAR, tc // KELVIN]], np.int64)
        assert fill_cells(of.endmembers, cell).exact[0, landau], (p, tc)
        crossed += 1
    assert crossed == 60


def test_other_cells_and_what_is_beyond_all_are_left_to_it_too():
    of = system("W24")
    told = with_cells(of, np.array([[3, 40]]))
    for p, t in ((2.999, 1300.0), (4.0, 1300.0), (3.5, 1279.9), (3.5, 1312.0), (59.0, 2400.0)):
        expected, found = conditions_at(of, p, t), conditions_at(told, p, t)
        np.testing.assert_array_equal(found.endmember_g, expected.endmember_g)
    inside = conditions_at(told, 3.0, 1280.0)  # the lower ends of a cell belong to it
    assert (inside.endmember_g != conditions_at(of, 3.0, 1280.0).endmember_g).any()


def test_conditions_that_are_no_numbers_lie_in_no_cell():
    told = with_cells(system("W24"), np.array([[3, 40]]))
    assert np.isnan(conditions_at(told, np.nan, 1300.0).endmember_g).any()
    assert np.isfinite(conditions_at(told, 3.5, 1300.0).endmember_g).all()
