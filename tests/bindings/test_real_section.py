"""With the real solver: the same bits whatever solves the tiles and however often it is killed."""

import numpy as np
import pytest
from real_section import a_section, run, survive
from same_results import assert_same

from gibbsite._inputs.database import database
from gibbsite._running.compute import compute
from gibbsite._store.file import open as open_result
from gibbsite.errors import StoreError

pytestmark = pytest.mark.compiled
N = 17  # 9 tiles, as few points as make so many


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("real") / "whole.h5"
    run(path, N, workers=2)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A file to be read only."""
    path = tmp_path_factory.mktemp("small") / "small.h5"
    run(path, 9, prove=False)
    return path


@pytest.mark.slow
def test_one_thread_gives_the_bits_of_two(whole, tmp_path):
    run(tmp_path / "a.h5", N, workers=1)
    assert_same(tmp_path / "a.h5", whole)


@pytest.mark.slow
def test_processes_of_a_cluster_give_the_bits_of_threads(whole, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path
    ) as cluster:
        run(tmp_path / "a.h5", N, scheduler=cluster.scheduler_address)
    assert_same(tmp_path / "a.h5", whole)


@pytest.mark.slow
def test_killed_runs_are_finished_to_the_same_bits(tmp_path):
    kept = survive(tmp_path, n=40, kills=2)
    assert any(kept), "no kill came in the middle of a run"


def test_empty_slots_are_zero_and_names_are_those_of_the_database(small):
    with open_result(small) as dataset:
        assert (dataset["status"] == 0).all()
        empty = dataset["phase_id"].values < 0
        assert empty.any()
        for name in ("amount_mol", "volume_fraction", "proportions", "phase_composition_mol"):
            assert (dataset[name].values[empty] == 0.0).all(), name
        data = database("T21-Su26")
        assert tuple(dataset["phase_name"].values) == data.phase_names
        assert dataset.attrs["database_sha256"] == data.sha256
        np.testing.assert_allclose(dataset["volume_fraction"].sum("slot"), 1.0, rtol=1e-12)
        assert dataset.gb.mode("liq").max() > 0.5


def test_a_point_is_the_one_of_the_arrays(small):
    with open_result(small) as dataset:
        T, x = float(dataset["temperature_C"][8]), float(dataset["x"][7])
        point = dataset.gb.at(temperature_C=T, x=x)
        assert point.identical(dataset.drop_vars("timing_tile").isel(temperature_C=8, x=7).load())


@pytest.mark.slow
def test_resuming_a_file_without_a_tile_solves_only_that(whole, tmp_path, monkeypatch):
    from gibbsite._running import tile as _tile

    real = _tile.solve_tile
    asked = []

    def solve(section, rows, columns, **options):
        asked.append((rows.start, columns.start))
        if len(asked) == 5:
            raise RuntimeError("lost")
        return real(section, rows, columns, **options)

    path = tmp_path / "a.h5"
    monkeypatch.setattr(_tile, "solve_tile", solve)
    with pytest.raises(StoreError, match="1 tiles failed"):
        run(path, N, workers=1)
    lost = asked[4]
    asked.clear()
    compute(a_section(N, N), path, tile=(8, 8)).close()
    assert asked == [lost]
    assert_same(path, whole)
