"""Arguments that do not fit a system are refused before a kernel can read beyond them."""

import numpy as np
import pytest
from dry import database

from gibbsite._solving.solve import Chain
from gibbsite_engine.checks import check_points
from gibbsite_engine.layout import Points
from gibbsite_engine.ordering import chain_edges


def points(n=3, temperatures=3, shape=(3, 9)):
    return Points(np.full(n, 3.0), np.full(temperatures, 1400.0), np.full(shape, 0.1))


def system():
    return database("T21-Su26").reduced(np.ones(9, bool)).system


def test_points_that_fit_pass():
    check_points(system(), points())


@pytest.mark.parametrize("shape", [(3, 8), (3, 10), (2, 9), (9,), (3, 9, 1)])
def test_bulks_of_another_shape_are_told(shape):
    with pytest.raises(ValueError, match=r"bulks of shape \(3, 9\)"):
        check_points(system(), points(shape=shape))


def test_as_many_temperatures_as_pressures():
    with pytest.raises(ValueError, match="3 pressures need 3 temperatures"):
        check_points(system(), points(temperatures=2))


def test_a_chain_takes_only_bulks_of_its_system():
    with pytest.raises(ValueError, match="9 components"):
        Chain(system(), points(shape=(3, 11)), np.arange(3), chain_edges(3))
