"""Results by name: each reading is compared with a plain loop over the points."""

import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fake_section import PHASES, TABLES, FakeSection, solve

import gibbsite
from gibbsite._running.compute import compute
from gibbsite.errors import InputError

N = 22


@pytest.fixture(scope="module")
def grid(tmp_path_factory) -> xr.Dataset:
    path: Path = tmp_path_factory.mktemp("accessor") / "a.h5"
    with compute(FakeSection(n=N), path, tile_function=solve, tables=TABLES) as dataset:
        return dataset.load()


@pytest.fixture(scope="module")
def points(grid) -> xr.Dataset:
    """The same results as a list of points."""
    flat = grid.drop_vars("timing_tile").stack(point=("temperature_C", "x"), create_index=False)
    slots = [name for name in flat.data_vars if "slot" in flat[name].dims]
    flat = flat.assign(
        {name: flat[name].transpose("point", "slot", ...) for name in slots},
    )
    return flat.transpose("point", ...)


@pytest.fixture(params=["grid", "points"])
def dataset(request) -> xr.Dataset:
    return request.getfixturevalue(request.param)


def each_point(dataset):
    """Yield (index, {(phase, instance): slot} or None where failed)."""
    ids, instances = dataset["phase_id"].values, dataset["instance"].values
    for index in np.ndindex(ids.shape[:-1]):
        if dataset["status"].values[index] != 0:
            yield index, None
            continue
        yield (
            index,
            {
                (PHASES[i], int(instances[index][slot])): slot
                for slot, i in enumerate(ids[index])
                if i >= 0
            },
        )


def test_some_points_failed_and_some_have_two_clinopyroxenes(grid):
    found = [phases for _, phases in each_point(grid)]
    assert None in found
    assert any(p and ("cpx", 0) in p and ("cpx", 1) in p for p in found)
    assert any(p and ("cpx", 0) not in p and ("cpx", 1) not in p for p in found)


@pytest.mark.parametrize("kind", ["volume", "mass", "mole"])
@pytest.mark.parametrize("instance", [None, 0, 1])
def test_mode(dataset, kind, instance):
    mode = dataset.gb.mode("cpx", kind=kind, instance=instance)
    fraction = dataset[f"{kind}_fraction"].values
    assert mode.dims == dataset["status"].dims
    for index, phases in each_point(dataset):
        if phases is None:
            assert np.isnan(mode.values[index])
            continue
        wanted = [
            fraction[index][slot]
            for (name, number), slot in phases.items()
            if name == "cpx" and instance in (None, number)
        ]
        assert mode.values[index] == pytest.approx(sum(wanted), abs=1e-15)


def test_modes_sum_to_one(dataset):
    total = sum(dataset.gb.mode(name) for name in PHASES)
    solved = dataset["status"] == 0
    np.testing.assert_allclose(total.values[solved.values], 1.0, rtol=1e-12)


def test_absent_phase_is_zero_where_solved(dataset):
    mode = dataset.gb.mode("q")
    assert (mode.values[dataset["status"].values == 0] == 0.0).all()


def test_mode_keeps_coordinates(grid):
    mode = grid.gb.mode("liq", kind="mass")
    np.testing.assert_array_equal(mode["x"], grid["x"])
    assert float(mode["pressure_kbar"]) == 3.0
    assert mode.attrs["units"] == "1"


@pytest.mark.parametrize("instance", [0, 1])
def test_phase(dataset, instance):
    cpx = dataset.gb.phase("cpx", instance=instance)
    assert list(cpx["endmember"].values) == list(TABLES.endmembers[PHASES.index("cpx")])
    assert list(cpx["component"].values) == list(TABLES.components)
    assert cpx["proportions"].dims == (*dataset["status"].dims, "endmember")
    for index, phases in each_point(dataset):
        present = phases is not None and ("cpx", instance) in phases
        assert bool(cpx["present"].values[index]) == present
        if not present:
            assert np.isnan(cpx["proportions"].values[index]).all()
            amount = cpx["amount_mol"].values[index]
            assert np.isnan(amount) if phases is None else amount == 0.0
            continue
        slot = phases["cpx", instance]
        for name in ("amount_mol", "volume_fraction", "phase_composition_mol"):
            np.testing.assert_array_equal(
                cpx[name].values[index], dataset[name].values[index][slot]
            )
        np.testing.assert_array_equal(
            cpx["proportions"].values[index], dataset["proportions"].values[index][slot][:9]
        )


def test_assemblage(dataset):
    text = dataset.gb.assemblage()
    for index, phases in each_point(dataset):
        names = "" if phases is None else "+".join(sorted(name for name, _ in phases))
        assert text.values[index] == names
    assert any("cpx+cpx" in name for name in np.unique(text))


def test_assemblage_id_and_table(dataset):
    ids, names = dataset.gb.assemblage_id()
    assert names == tuple(sorted(names))
    assert len(set(names)) == len(names)
    text = dataset.gb.assemblage().values
    assert np.array_equal(np.array([*names, ""])[ids.values], text)
    assert set(np.unique(ids)) == {-1, *range(len(names))}
    assert ids.attrs["flag_meanings"].split() == list(names)


def test_assemblage_id_is_fast():
    rng = np.random.default_rng(0)
    kinds = np.sort(rng.integers(-1, 20, (500, 10)), axis=1)[:, ::-1].astype(np.int16)
    ids = kinds[rng.integers(0, 500, 300_000)]
    names = [f"p{i}" for i in range(20)]
    dataset = xr.Dataset({"phase_id": (("point", "slot"), ids), "phase_name": ("phase", names)})
    start = time.process_time()
    number, table = dataset.gb.assemblage_id()
    assert time.process_time() - start < 2.0
    for row in range(0, 300_000, 30_011):
        expected = "+".join(sorted(names[i] for i in ids[row] if i >= 0))
        assert table[int(number[row])] == expected


def test_certified(dataset):
    np.testing.assert_array_equal(dataset.gb.certified(), dataset["status"] == 0)


def test_at_takes_the_nearest_point(grid):
    point = grid.gb.at(pressure_kbar=3.0, temperature_C=1101.0, x=0.52)
    row = np.abs(grid["temperature_C"].values - 1101.0).argmin()
    column = np.abs(grid["x"].values - 0.52).argmin()
    assert float(point["temperature_C"]) == float(grid["temperature_C"][row])
    assert float(point["density"]) == float(grid["density"][row, column])


def test_at_of_a_list(grid, points):
    row, column = 5, 7
    T, x = float(grid["temperature_C"][row]), float(grid["x"][column])
    point = points.gb.at(temperature_C=T + 1.0, x=x - 0.01)
    assert float(point["gibbs_energy"]) == float(grid["gibbs_energy"][row, column])


@pytest.mark.slow
def test_at_of_a_copy_that_another_program_wrote(tmp_path):
    compute(FakeSection(n=12), tmp_path / "a.h5", tile_function=solve, tables=TABLES).close()
    with gibbsite.open(tmp_path / "a.h5") as whole:
        whole.drop_encoding().to_netcdf(tmp_path / "copy.nc", engine="h5netcdf")
        with gibbsite.open(tmp_path / "copy.nc") as copy:
            for place in ({"temperature_C": 1100.0, "x": 0.2}, {"temperature_C": 1300.0, "x": 1.0}):
                here, there = copy.gb.at(**place), whole.gb.at(**place)
                for name in there.data_vars:
                    np.testing.assert_array_equal(here[name].values, there[name].values)


def test_at_of_a_part_reads_the_part(tmp_path):
    path = tmp_path / "a.h5"
    with compute(FakeSection(n=N), path, tile_function=solve, tables=TABLES) as dataset:
        part = dataset.isel(temperature_C=slice(4, None), x=slice(None, None, 2))
        T, x = float(part["temperature_C"][3]), float(part["x"][2])
        expected = float(dataset["density"][7, 4])
        assert float(part.gb.at(temperature_C=T, x=x)["density"]) == expected


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"temperature_C": 1100.0}, "needs x"),
        ({"temperature_C": 900.0, "x": 0.5}, "temperature_C = 900 is outside"),
        ({"temperature_C": 1100.0, "x": 0.5, "pressure_kbar": 4.0}, "pressure_kbar = 4 is outside"),
    ],
)
def test_at_outside_is_an_error(grid, asked, says):
    with pytest.raises(InputError, match=says):
        grid.gb.at(**asked)


def test_at_an_axis_it_does_not_have(grid):
    with pytest.raises(InputError, match="no x"):
        grid.drop_vars("x").rename_dims(x="column").gb.at(temperature_C=1100.0, x=0.5)


def test_unknown_names(grid):
    with pytest.raises(InputError, match=r"no phase 'cpy': did you mean 'cpx'\?"):
        grid.gb.mode("cpy")
    with pytest.raises(InputError, match="kind = 'weight'"):
        grid.gb.mode("cpx", kind="weight")
