"""A file says the same to every reader: nothing in it rests on what one of them makes up.

The readers themselves are in test_readers.py, which is not of the default run.
"""

import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from fake_section import PHASES, TABLES, FakeSection, solve
from portable import assert_portable

import gibbsite as gb
import gibbsite_engine
from gibbsite._proof import stored
from gibbsite._running.compute import compute
from gibbsite._store import finishing
from gibbsite._store.chunks import Packing
from gibbsite._store.journal import Journal
from gibbsite._store.netcdf import characters, portable, read_text
from gibbsite._store.put import put
from gibbsite._store.schema import PROFILES, PROOF, Layout
from gibbsite_engine.layout import Options, n_slots
from gibbsite_engine.status import CERTIFIED, NOT_RUN

SECTION = FakeSection(n=40)


def layout_of(profile="full", **options):
    return Layout.of(SECTION, TABLES, profile, (16, 16), **options)


def assembled(path, tiles, layout):
    """Make a file of some tiles of a section."""
    packing = Packing.of(layout)
    with Journal(path.with_suffix(".journal"), layout.identity()) as journal:
        for tile in tiles:
            journal.append(tile, packing.pack(solve(SECTION, *layout.slices(tile)), 1.0))
        finishing.assemble(journal, layout, path)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file of all tiles, to be read only."""
    return assembled(tmp_path_factory.mktemp("whole") / "a.h5", range(9), layout_of())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_whole_file(tmp_path, profile):
    layout = layout_of(profile)
    assert_portable(assembled(tmp_path / "a.h5", range(layout.n_tiles), layout))


def test_a_file_with_tiles_that_were_not_run(tmp_path):
    path = assembled(tmp_path / "a.h5", (0, 4), layout_of())
    assert_portable(path)
    with h5py.File(path) as file:  # as a reader that knows no fill value
        status = file["status"][...]
        assert (status[:16, :16] != NOT_RUN).all()
        assert (status[32:, 32:] == NOT_RUN).all()
        assert (file["phase_id"][32:, 32:] == -1).all()
        assert np.isnan(file["volume_fraction"][32:, 32:]).all()


def test_a_file_without_any_tile(tmp_path):
    path = assembled(tmp_path / "a.h5", (), layout_of())
    assert_portable(path)
    with gb.open(path) as dataset:
        assert not dataset.gb.certified().any()
        assert (dataset.gb.assemblage() == "").all()


def test_where_a_chunk_is_lost_there_is_no_answer(whole):
    """The storage's fill value is that of no answer, should a program leave chunks out."""
    with h5py.File(whole) as file:
        for variable in layout_of().variables:
            fill = file[variable.name].fillvalue
            if variable.dtype[1] == "f":
                assert np.isnan(fill), variable.name
            else:
                assert fill == (NOT_RUN if variable.name == "status" else -1), variable.name
        assert file["status"].fillvalue != CERTIFIED


@pytest.mark.slow
def test_what_is_proved_later(tmp_path):
    path = assembled(tmp_path / "a.h5", range(9), layout_of())
    bits = np.zeros((40, 40, len(PHASES)), np.int8)
    for value in (0, 2):  # a new variable, then its numbers again
        bits[3, 4, 5] = value
        put(path, {PROOF: bits}, "proved by hand")
        assert_portable(path)
        with gb.open(path) as dataset:
            np.testing.assert_array_equal(dataset["proof"].values, bits)
            assert dataset["proof"].sel(phase=PHASES[5]).values[3, 4] == value
            assert dataset.attrs["history"].splitlines()[-1] == "proved by hand"
    assert stored.PROOF is PROOF


def test_whole_numbers_stay_whole_and_zero_is_a_number(whole):
    with xr.open_dataset(whole, engine="h5netcdf") as plain, gb.open(whole) as dataset:
        for opened in (plain, dataset):
            assert opened["status"].dtype == np.int8
            assert opened["phase_id"].dtype == np.int16
            assert (opened["volume_fraction"].values == 0.0).any()
        empty = (dataset["phase_id"].values < 0) & dataset.gb.certified().values[..., None]
        assert (dataset["volume_fraction"].values[empty] == 0.0).all()


def test_the_range_of_every_variable_and_how_the_file_came_about_are_told(whole):
    """GMT asks for the one before it reads, R and NCO for the other."""
    with h5py.File(whole) as file:
        axes = list(SECTION.axes)
        for name in (*axes, *(variable.name for variable in layout_of().variables)):
            if file[name].shape[:2] == (40, 40) or name in axes:
                assert "actual_range" in file[name].attrs, name
        assert file.attrs["history"]
        assert "gibbsite" in file.attrs["history"].decode()
    assert_portable(whole)  # where the ranges are held against the numbers


def test_numbers_of_phases_carry_their_names(whole):
    with xr.open_dataset(whole, engine="netcdf4") as plain:
        for name in ("phase_id", "lowest_driving_force_phase"):
            about = plain[name].attrs
            assert about["flag_meanings"].split() == list(PHASES)
            assert about["flag_values"].tolist() == list(range(len(PHASES)))
            assert about["flag_values"].dtype == plain[name].dtype


def test_every_engine_of_xarray_finds_the_names(whole):
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(whole, engine=engine) as plain:
            potentials = plain["chemical_potential"]
            assert list(potentials.coords["component_name"].values) == list(TABLES.components)
            assert float(potentials.coords["pressure_kbar"]) == 3.0
            assert list(plain["phase_name"].values) == list(PHASES)
            assert plain.attrs["title"] == "fake"
        with xr.open_dataset(whole, engine=engine, group="provenance") as group:
            assert group["section_toml"].item() == SECTION.to_toml()
            assert group.attrs["section_sha256"] == SECTION.sha256


def test_a_file_opens_as_xarray_itself_opens_it(whole):
    """gibbsite's engine gives what h5netcdf's gives, but for axes' names and ranges of stored arrays."""
    with xr.open_dataset(whole, engine="h5netcdf") as plain, gb.open(whole) as ours:
        assert set(plain.variables) == {*ours.variables} - {"component", "phase"} | {
            "component_name"
        }
        for name in plain.data_vars:
            theirs = plain[name].variable
            theirs.attrs.pop("actual_range", None)
            xr.testing.assert_identical(theirs, ours[name].variable)
            assert theirs.dtype == ours[name].dtype
            theirs.encoding.setdefault("zlib", False)  # xarray of 2024 leaves it out
            for key in ("chunksizes", "zlib", "shuffle", "dtype"):
                assert theirs.encoding[key] == ours[name].encoding[key], (name, key)


@pytest.mark.parametrize(
    "part",
    [
        {"x": slice(None, None, -3), "slot": 0},
        {"x": [7, 3, 3, -1], "temperature_C": slice(5, 35, 7)},
        {"x": np.array([30, 2]), "temperature_C": np.array([0, -1])},
        {
            "x": xr.DataArray([1, 38], dims="place"),
            "temperature_C": xr.DataArray([9, 0], dims="place"),
        },
        {"x": slice(3, 3)},
    ],
)
def test_any_part_of_a_file_is_that_of_the_whole(whole, part):
    with gb.open(whole) as lazy, gb.open(whole) as dataset:
        loaded = dataset["volume_fraction"].load()
        xr.testing.assert_identical(lazy["volume_fraction"].isel(part).load(), loaded.isel(part))


def test_a_copy_by_xarray_opens(whole, tmp_path):
    """With the encodings of the file it came from, as `to_netcdf` has them."""
    with gb.open(whole) as dataset:
        dataset.isel(x=slice(5, 20)).to_netcdf(tmp_path / "copy.nc", engine="h5netcdf")
        with gb.open(tmp_path / "copy.nc") as copy:
            assert copy.attrs.items() >= dataset.attrs.items()
            assert list(copy["component"].values) == list(TABLES.components)
            assert "actual_range" not in copy["density"].attrs  # that of the whole
            np.testing.assert_array_equal(
                copy.gb.mode("liq").values, dataset.gb.mode("liq").values[:, 5:20]
            )


def test_text_of_any_language(tmp_path):
    title = "Île de Ré, 3 kbar, Fe³⁺ «5 %»"
    section = dataclasses.replace(SECTION, title=title, n=8)
    path = tmp_path / "a.h5"
    compute(section, path, tile_function=solve, tables=TABLES).close()
    assert_portable(path)
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(path, engine=engine) as plain:
            assert plain.attrs["title"] == title
    with gb.open(path) as dataset:
        assert dataset.attrs["title"] == title
        assert title in dataset.attrs["section_toml"]


def test_characters_are_read_as_they_were(tmp_path):
    for texts in (np.array([["MgO", ""], ["Å", "αβ"]]), np.array([""]), np.array("one")):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["text"] = characters(texts)
            assert read_text(file["text"]).tolist() == texts.tolist()


def test_what_is_no_attribute_is_refused():
    with pytest.raises(TypeError, match="neither text nor numbers"):
        portable({"names": ["a", "b"]})


def test_engine_and_file_have_one_number_of_slots():
    data = gb.database("T21-Su26")
    assert gb.equilibria(
        gb.bulk("klb-1"), pressure_kbar=10.0, temperature_C=[1300.0], workers=1, database="T21-Su26"
    ).sizes["slot"] == n_slots(len(data.components))
    assert TABLES.sizes()["slot"] == n_slots(len(TABLES.components))


def test_every_option_that_a_file_records_is_read_by_the_engine():
    sources = Path(gibbsite_engine.__file__).parent.rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unread = [name for name in Options._fields if f"options.{name}" not in text]
    assert not unread
