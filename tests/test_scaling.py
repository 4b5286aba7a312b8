"""The simulated cluster, where its answer is known."""

import importlib.util
import math
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "benchmarks" / "scaling.py"
IDEAL = {"stragglers": (0.0, 1.0), "spread": 0.0, "life_hours": math.inf, "latency": 0.0}


@pytest.fixture(scope="module")
def scaling():
    spec = importlib.util.spec_from_file_location("scaling", SOURCE)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "scaling", module)
        spec.loader.exec_module(module)
        yield module


def test_workers_that_wait_for_nothing_share_the_work(scaling):
    out = scaling.simulate(100, [36.0], 4, 0.0, **IDEAL)
    assert out.hours == pytest.approx(100 * 36.0 / 4 / 3600)
    assert out.efficiency == pytest.approx(1.0)
    assert out.tail_hours == pytest.approx(0.0)


def test_a_slow_writer_sets_the_pace(scaling):
    out = scaling.simulate(1000, [36.0], 100, 36.0, **IDEAL)
    assert out.hours == pytest.approx(1001 * 36.0 / 3600)
    assert out.writer_share == pytest.approx(1000 / 1001)


def test_the_last_tiles_leave_workers_idle(scaling):
    out = scaling.simulate(5, [3600.0], 4, 0.0, **IDEAL)
    assert out.hours == pytest.approx(2.0)
    assert out.efficiency == pytest.approx(5 / 8)
    assert out.tail_hours == pytest.approx(1.0)


def test_stragglers_and_deaths_cost_time(scaling):
    hours = [
        scaling.simulate(2000, [60.0], 10, 0.0, **(IDEAL | change)).hours
        for change in ({}, {"stragglers": (0.01, 10.0)}, {"life_hours": 1.0})
    ]
    assert hours[0] == pytest.approx(2000 * 60 / 10 / 3600)
    assert hours[0] * 1.05 < hours[1] < hours[0] * 1.5
    assert hours[0] * 1.05 < hours[2] < hours[0] * 1.5
