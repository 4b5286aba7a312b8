"""The benchmarks are no tests, but what they are made of must work."""

import importlib
from pathlib import Path

import families
import numpy as np
import pytest

import gibbsite as gb

MODULES = sorted(p.stem for p in (Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("name", [name for name in MODULES if name != "conftest"])
def test_can_be_imported(name):
    pytest.importorskip("cvxpy")
    importlib.import_module(name)


@pytest.mark.parametrize("family", families.FAMILIES)
def test_random_rocks_are_rocks_of_their_family(family):
    """All components are there, within what the factors allow; a seed gives the same again."""
    points = families.cloud(family, 200, seed=4)
    assert points.bulk_mol.shape == (200, len(gb.database().components))
    assert points.bulk_mol.min() > 0
    np.testing.assert_allclose(points.bulk_mol.sum(axis=1), 1, rtol=0, atol=1e-12)
    again = families.cloud(family, 200, seed=4)
    np.testing.assert_array_equal(points.bulk_mol, again.bulk_mol)
    other = families.cloud(family, 200, seed=5)
    assert not np.array_equal(points.bulk_mol, other.bulk_mol)
    rocks = families.reference_bulks(family)
    low, high = 0.8 * rocks.min(axis=0), 1.2 * rocks.max(axis=0)
    assert (points.bulk_mol > low * 0.8 / 1.2).all()
    assert (points.bulk_mol < high * 1.2 / 0.8).all()
