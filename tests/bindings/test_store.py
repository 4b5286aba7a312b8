"""The file holds what the solver gave, and any HDF5 or netCDF reader understands it."""

import json
import os
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from fake_section import TABLES, FakeSection, solve

import gibbsite as gb
from gibbsite._running.compute import compute
from gibbsite._section.section import Section
from gibbsite._store.chunks import ZLIB_HEADER, Packing
from gibbsite._store.distinct import distinct_rows
from gibbsite._store.schema import PROFILES, SCHEMA_VERSION, Layout
from gibbsite.errors import InputError, StoreError

DEEP = ("proportions", "phase_composition_mol")
N = 24  # not a whole number of tiles
OLD_FILE = Path(__file__).parents[1] / "data" / "section_schema_1.h5"


def make(path, profile="full", **options):
    options = {"tile_function": solve, "tables": TABLES, "tile": (16, 16)} | options
    compute(FakeSection(n=N), path, profile=profile, **options).close()
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    return {profile: make(folder / f"{profile}.h5", profile) for profile in PROFILES}


@pytest.fixture(scope="module")
def truth():
    """What the tile function gives, put together without the store."""
    section = FakeSection(n=N)
    layout = Layout.of(section, TABLES, tile=(16, 16))
    arrays = {}
    for tile in range(layout.n_tiles):
        place = layout.slices(tile)
        for name, values in solve(section, *place).items():
            whole = arrays.setdefault(name, np.empty((N, N, *values.shape[2:]), values.dtype))
            whole[place] = values
    return arrays


def in_file(dataset, name, values):
    """Values of the slots that the file has; what it leaves out must be empty."""
    if "slot" not in dataset[name].dims:
        return values
    n = dataset.sizes["slot"]
    solved = values[..., n:, :] if name in DEEP else values[..., n:]
    assert (np.isnan(solved) | (solved == (-1 if name == "phase_id" else 0))).all()
    return values[..., :n, :] if name in DEEP else values[..., :n]


def test_full_profile_is_what_the_solver_gave(files, truth):
    with gb.open(files["full"]) as dataset:
        assert set(truth) < set(dataset.data_vars)
        for name, values in truth.items():
            assert dataset[name].dtype == values.dtype, name
            stored = in_file(dataset, name, values)
            np.testing.assert_array_equal(dataset[name].values, stored, err_msg=name)


def test_a_file_has_the_slots_that_its_fullest_point_fills(files, truth):
    fullest = int((truth["phase_id"] >= 0).sum(axis=-1).max())
    assert fullest < TABLES.sizes()["slot"]
    for path in files.values():
        with gb.open(path) as dataset:
            assert dataset.sizes["slot"] == fullest


def full_slots(section, rows, columns):
    """Fill all slots that an answer can have at one point, each with a mode of its own."""
    arrays = solve(section, rows, columns)
    slots = arrays["phase_id"].shape[-1]
    arrays["phase_id"][3, 5] = np.arange(slots)
    arrays["volume_fraction"][3, 5] = np.arange(1, slots + 1)
    return arrays


def test_no_phase_of_an_invariant_point_is_left_out(tmp_path):
    path = make(tmp_path / "a.h5", tile_function=full_slots)
    with gb.open(path) as dataset:
        slots = len(TABLES.components) + 2  # as many phases as meet where nothing is free
        assert dataset.sizes["slot"] == slots
        assert dataset["phase_id"].values[3, 5].tolist() == list(range(slots))
        assert dataset["volume_fraction"].values[3, 5].tolist() == list(range(1, slots + 1))
        place = {name: float(dataset[name][i]) for name, i in (("temperature_C", 3), ("x", 5))}
        assert dataset.gb.at(**place)["phase_id"].values.tolist() == list(range(slots))


def test_compact_profile_rounds_only_what_a_restart_does_not_need(files, truth):
    exact = {"amount_mol", "proportions", "chemical_potential", "gibbs_energy", "bulk_mol"}
    with gb.open(files["compact"]) as dataset:
        assert set(truth) < set(dataset.data_vars)
        for name, values in truth.items():
            values = in_file(dataset, name, values)
            if name in exact or values.dtype.kind != "f":
                np.testing.assert_array_equal(dataset[name].values, values, err_msg=name)
            else:
                np.testing.assert_allclose(dataset[name].values, values, rtol=1e-7, err_msg=name)
        assert dataset["mass_fraction"].dtype == np.float32


def test_light_profile_holds_modes_and_melt(files, truth):
    with gb.open(files["light"]) as dataset:
        assert "proportions" not in dataset
        ids = in_file(dataset, "phase_id", truth["phase_id"])
        np.testing.assert_array_equal(dataset["phase_id"], ids)
        for name in ("volume_fraction", "mass_fraction", "mole_fraction"):
            stored = in_file(dataset, name, truth[name])
            np.testing.assert_allclose(dataset[name], stored, rtol=2.0**-16)
        np.testing.assert_allclose(dataset["density"], truth["density"], rtol=1e-7)
        is_melt = truth["phase_id"] == 0
        weight = np.where(is_melt, truth["mole_fraction"], 0.0)
        melt = np.nansum(weight[..., None] * truth["phase_composition_mol"], axis=2)
        with np.errstate(invalid="ignore"):
            melt /= melt.sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(dataset["melt_composition_mol"], melt, rtol=2.0**-15)
        assert np.isfinite(melt).any()
        assert np.isnan(melt).any()


def test_failed_points_are_nan_and_say_why(files):
    with gb.open(files["full"]) as dataset:
        failed = dataset["status"].values == 3
        assert failed.any()
        assert dataset["status"].attrs["flag_meanings"].split()[3] == "not_converged"
        for name in ("gibbs_energy", "volume_fraction", "proportions", "chemical_potential"):
            assert np.isnan(dataset[name].values[failed]).all()
        assert (dataset["phase_id"].values[failed] == -1).all()


def test_plain_xarray_opens_it_without_surprises(files):
    for path in files.values():
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            assert dataset["status"].dims == ("temperature_C", "x")
            assert dataset["temperature_C"].dtype == np.float64
            assert dataset["timing_tile"].dtype == np.float64
            assert float(dataset["status"].coords["pressure_kbar"]) == 3.0
            # A stored zero is zero, not missing.
            assert (dataset["volume_fraction"] == 0.0).any()
            assert (dataset["status"] == 0).any()
            assert dataset["status"].dtype == np.int8


def test_netcdf_library_opens_it(files):
    netcdf4 = pytest.importorskip("netCDF4")
    with netcdf4.Dataset(files["full"]) as file, h5py.File(files["full"]) as plain:
        variable = file["volume_fraction"]
        assert variable.dimensions == ("temperature_C", "x", "slot")
        assert variable.units == "1"
        assert variable.chunking() == [16, 16, 1]
        assert list(file["component_name"][:3]) == ["SiO2", "TiO2", "Al2O3"]
        assert file.Conventions.startswith("CF-")
        values = np.ma.filled(variable[:], np.nan)
        np.testing.assert_array_equal(values, plain["volume_fraction"][...])


def test_dimension_scales_units_flags_and_filters(files):
    for path in files.values():
        with h5py.File(path) as file:
            for name, dataset in file.items():
                if isinstance(dataset, h5py.Group):
                    continue
                if dataset.ndim and not dataset.is_scale:
                    assert all(dimension.keys() for dimension in dataset.dims), name
                if dataset.chunks:
                    assert dataset.shuffle
                    assert dataset.compression == "gzip"
                    assert {"units", "long_name"} <= set(dataset.attrs)
            status = file["status"].attrs
            assert len(status["flag_values"]) == len(status["flag_meanings"].split())
            assert file["temperature_C"].attrs["units"] == b"degC"


def test_provenance(files):
    with gb.open(files["full"]) as dataset:
        section = FakeSection(n=N)
        expected = {
            "schema_version": SCHEMA_VERSION,
            "database": "made-up",
            "database_sha256": TABLES.database_sha256,
            "options": '{"scan_kJ": 0.3}',
            "section_toml": section.to_toml(),
            "section_sha256": section.sha256,
            "profile": "full",
            "title": "fake",
        }
        assert {key: dataset.attrs[key] for key in expected} == expected
        assert "gibbsite_version" in dataset.attrs
        assert dataset["timing_tile"].shape == (2, 2)
        assert (dataset["timing_tile"] > 0.0).all()
        assert list(dataset["phase_name"].values) == list(TABLES.phases)
        assert list(dataset["endmember_name"].values[1, :4]) == ["fsp0", "fsp1", "fsp2", ""]


def test_opening_reads_no_results(files):
    with gb.open(files["full"]) as dataset:
        assert not dataset["proportions"].variable._in_memory
        dataset["proportions"][3, 4].load()
        assert not dataset["proportions"].variable._in_memory


@pytest.mark.slow
def test_same_results_make_the_same_bytes(files, tmp_path):
    def body(path):
        with h5py.File(path, "r+") as file:
            file["timing_tile"][...] = 0.0
        return path.read_bytes()

    assert body(make(tmp_path / "a.h5", workers=1)) == body(make(tmp_path / "b.h5", workers=4))


def test_every_chunk_is_a_common_zlib_stream():
    layout = Layout.of(FakeSection(n=N), TABLES, tile=(16, 16))
    packing = Packing.of(layout)
    record = packing.pack(solve(FakeSection(n=N), *layout.slices(0)), 0.0)
    sizes = {v.name: np.dtype(v.dtype).itemsize * 16 * 16 for v in layout.variables}
    chunks = list(packing.unpack(record, TABLES.sizes()["slot"]))
    assert len(chunks) == packing.n_chunks
    for chunk in chunks:
        assert chunk.data.startswith(ZLIB_HEADER)
        assert len(zlib.decompress(chunk.data)) == sizes[chunk.variable]


def test_truncated_file(files, tmp_path):
    whole = files["full"].read_bytes()
    for share in (0.01, 0.5, 0.999):
        path = tmp_path / "cut.h5"
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(StoreError, match=r"cut\.h5 is damaged or cut short"):
            gb.open(path)


def test_foreign_files(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("pressure,temperature\n")
    with pytest.raises(StoreError, match="cannot be read as HDF5"):
        gb.open(text)
    other = tmp_path / "b.h5"
    with h5py.File(other, "w") as file:
        file["a"] = 1.0
    with pytest.raises(StoreError, match="was not written by gibbsite"):
        gb.open(other)
    with pytest.raises(StoreError, match="There is no file"):
        gb.open(tmp_path / "c.h5")
    with pytest.raises(StoreError):
        gb.open(tmp_path)


def test_newer_schema_is_refused(files, tmp_path):
    path = tmp_path / "a.h5"
    path.write_bytes(files["light"].read_bytes())
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = SCHEMA_VERSION + 1
    with pytest.raises(StoreError, match=f"schema {SCHEMA_VERSION + 1}, newer"):
        gb.open(path)


def test_file_of_an_earlier_version_opens():
    """A coarse grid over the section fig4c, computed when the schema was new, with slots for C + 1."""
    with gb.open(OLD_FILE) as dataset:
        assert dataset.sizes["slot"] == 10
        assert dataset["chemical_potential"].sel(component="MgO").shape == (20, 16)
        assert list(dataset["phase"].values[:3]) == ["liq", "fsp", "spl"]
        assert dataset.attrs["schema_version"] == 1
        assert dataset["status"].shape == (20, 16)
        assert dataset.gb.certified().all()
        assert json.loads(dataset.attrs["options"])["mass_tolerance"] == 1e-10
        assert Section.from_text(dataset.attrs["section_toml"]).shape == (20, 16)
        point = dataset.gb.at(temperature_C=1140.0, x=0.47)
        assert float(point["gibbs_energy"]) == -859.2352523237414
        assert float(dataset.gb.mode("liq")[9, 7]) == pytest.approx(0.3509696720)
        assert dataset.gb.assemblage()[9, 7] == "cpx+ilm+liq+spl"
        cpx = dataset.gb.phase("cpx").isel(temperature_C=9, x=7)
        assert float(cpx["phase_composition_mol"].sum()) == pytest.approx(1.0)


def test_files_of_both_schemas_have_the_same_names_once_open(files):
    with gb.open(OLD_FILE) as old, gb.open(files["full"]) as new:
        assert old.attrs["schema_version"] < new.attrs["schema_version"]
        assert set(old.coords) == set(new.coords)
        assert set(new.data_vars) - set(old.data_vars) == {"solved_again"}  # of schema 2
        assert set(old.data_vars) <= set(new.data_vars)
        assert set(old.attrs) <= set(new.attrs)
        for name in old.variables:
            assert old[name].dims == new[name].dims, name


@pytest.mark.parametrize("profile", PROFILES)
def test_reading_a_point_gives_what_the_arrays_hold(files, profile):
    with gb.open(files[profile]) as dataset:
        solved = np.argwhere(dataset["status"].values == 0)[::97]
        failed = np.argwhere(dataset["status"].values != 0)[:2]
        for row, column in [*solved, *failed]:
            T, x = float(dataset["temperature_C"][row]), float(dataset["x"][column])
            point = dataset.gb.at(temperature_C=T, x=x)
            whole = dataset.drop_vars("timing_tile").isel(temperature_C=row, x=column).load()
            xr.testing.assert_identical(point, whole)


@pytest.mark.skipif("CI" in os.environ, reason="times a quiet machine")
def test_a_point_is_read_fast(tmp_path):
    path = tmp_path / "a.h5"
    compute(FakeSection(n=96), path, tile_function=solve, tables=TABLES).close()
    rng = np.random.default_rng(0)
    with gb.open(path) as dataset:
        dataset.gb.at(temperature_C=1100.0, x=0.5)
        took = []
        for T, x in zip(rng.uniform(1000, 1300, 50), rng.uniform(0, 1, 50), strict=True):
            start = time.process_time()
            dataset.gb.at(temperature_C=T, x=x)
            took.append(time.process_time() - start)
    assert np.median(took) < 0.010  # measured: 5 to 8 ms, by what else the machine does


def test_packed_size():
    """Bytes a point within the limits of a large section, on smooth data."""
    section = FakeSection(n=1001)
    limits = {"full": 700, "compact": 500, "light": 80}
    for profile, limit in limits.items():
        layout = Layout.of(section, TABLES, profile)
        tiles = [solve(section, *layout.slices(tile)) for tile in (100, 500, 900)]
        size = sum(len(Packing.of(layout).pack(arrays, 0.0)) for arrays in tiles)
        assert size / (3 * 32 * 32) < limit, profile


@pytest.mark.slow
def test_a_file_of_other_data_is_drawn_from_its_points_only():
    with pytest.raises(InputError, match=r"with other data than those of T21-Su26.*--grid"):
        gb.plot(OLD_FILE, exact=True)
    assert gb.plot(OLD_FILE, exact=False).axes


def test_rows_are_told_by_kind():
    rng = np.random.default_rng(7)
    values = rng.integers(-1, 3, (20, 30, 4)).astype(np.int16)
    of_row, kinds = distinct_rows(values)
    assert np.array_equal(kinds[of_row], values)
    assert len(kinds) == len(np.unique(values.reshape(-1, 4), axis=0))
    assert of_row[0, 0] == 0  # in the order in which they come


@pytest.mark.parametrize("name", ["bulk_mol", "phase_composition_mol", "chemical_potential"])
def test_a_block_is_a_part_of_the_whole(name):
    part = (slice(2, 7), slice(3, 4))
    with gb.open(OLD_FILE) as dataset:
        whole = dataset[name].values
        assert np.array_equal(dataset.gb.block(name, part), whole[part], equal_nan=True)
        turned = dataset.transpose("x", "temperature_C", ...)  # no longer as the file is
        assert np.array_equal(
            turned.gb.block(name, part[::-1]), whole[part].swapaxes(0, 1), equal_nan=True
        )
