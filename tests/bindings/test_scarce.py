"""Rocks of one oxide, or of one mineral, with traces down to 1e-12 mol: no harder than others.

Energies are those of `gibbsite`, right to 1e-8 kJ by the certificates; each point had no answer once.
"""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite_engine.status import ANSWERED_BY_NAMES

# Database, kbar, degC, mol, kJ per mole of oxides.
POINTS = {
    "quartz with a garnet's traces": (
        "EF21", 14.676450336205061, 729.0550970993388,
        {"SiO2": 0.999999988, "Al2O3": 2e-9, "FeO": 4e-9, "MgO": 2e-9, "H2O": 4e-9},
        -947.65541323,
    ),
    "quartz with traces near 1e-12": (
        "EF21", 29.168995874581274, 541.7771098998134,
        {"SiO2": 1.0, "FeO": 2.545e-13, "MgO": 2.65087e-11, "H2O": 4.5469e-12},
        -895.96710566,
    ),
    "melt that a pyroxene takes the last sodium from": (
        "T21-Su26", 18.43317247347985, 1690.5831416300516,
        {"SiO2": 2.647e-8, "Al2O3": 1.6583e-10, "Cr2O3": 1.0, "CaO": 1.71e-12, "Na2O": 4.5547e-10},
        -1379.73632748,
    ),
    "orthopyroxene of calcium and titanium": (
        "T21-Su26", 10.652977110736956, 1125.1126725303925,
        {"SiO2": 2.4237e-11, "TiO2": 1 / 3, "Al2O3": 1 / 3, "Cr2O3": 8.0791e-12, "MgO": 6.3963e-12,
         "CaO": 1 / 3},
        -1237.15515644,
    ),
    "amphibole of titanium": (
        "G16", 16.951978462125634, 523.3691215830155,
        {"SiO2": 0.49999999999309686, "TiO2": 0.14285714285319756, "Al2O3": 0.0357142857153062,
         "FeO": 0.2142857142801181, "MgO": 1.0114517648643774e-11, "Na2O": 0.1071428571401395,
         "O": 1.6088775609671776e-13, "H2O": 7.866371260379614e-12},
        -807.11465630,
    ),
}  # fmt: skip
of_each = pytest.mark.parametrize("name", list(POINTS))


def solved(points, database):
    """Answers of points of one database, in one call."""
    data = gb.database(database)
    bulks = np.array([gb.bulk(mol=mol).array(data.components) for _, _, _, mol, _ in points])
    return gb.equilibria(
        bulks,
        pressure_kbar=[p for _, p, _, _, _ in points],
        temperature_C=[t for _, _, t, _, _ in points],
        database=data, errors="status", workers=1,
    )  # fmt: skip


@of_each
def test_a_rock_with_scarce_components_is_solved_as_any_other(name):
    """By the kernels, not the slow path, and of what is scarce nothing is lost."""
    found = solved([POINTS[name]], POINTS[name][0])
    assert found.status[0] == 0
    assert ANSWERED_BY_NAMES[int(found.answered_by[0])] == "cold"
    assert found.gibbs_energy[0] == pytest.approx(POINTS[name][-1], abs=2e-8)
    assert found.mass_residual[0] < 1e-12


@pytest.mark.parametrize("database", sorted({point[0] for point in POINTS.values()}))
def test_a_list_of_rocks_with_scarce_components_has_the_same_answers(database):
    points = [point for point in POINTS.values() if point[0] == database] * 3
    found = solved(points, database)
    assert (found.status == 0).all()
    np.testing.assert_allclose(found.gibbs_energy, [point[-1] for point in points], atol=2e-8)


@of_each
def test_a_solver_certifies_a_rock_with_scarce_components(name):
    database, p, t, mol, energy = POINTS[name]
    bulk = gb.bulk(mol=mol)
    out = gb.Solver(database).solve(np.array([p]), np.array([t]), bulk)
    assert out.status[0] == 0
    moles, mu = bulk.array(gb.database(database).components), out.chemical_potential_kJ_mol[0]
    assert mu[moles > 1e-12] @ moles[moles > 1e-12] == pytest.approx(energy, abs=2e-8)
