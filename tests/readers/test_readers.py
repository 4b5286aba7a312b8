"""Readers of HDF5 and netCDF of other projects make the same of a section file as h5py does.

    python -m pytest -m readers tests/readers -rs

They are programs: a test of one that is not installed is skipped, and says so. On Debian all but
three come by apt-get install netcdf-bin hdf5-tools gdal-bin cdo nco gmt octave octave-netcdf
r-cran-ncdf4 npm; kerchunk and virtualizarr are the extra `readers` of this package, and h5wasm and
jsfive are fetched by npm.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import gibbsite as gb
from gibbsite._store.netcdf import read_text

pytestmark = pytest.mark.readers
HERE = Path(__file__).parent
NPM = ("h5wasm@0.10.3", "jsfive@0.4.2")
ROW, COLUMN = 2, 3


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A real section with lines."""
    section = gb.Section.pressure_temperature(
        gb.bulk("klb-1"),
        pressure_kbar=(5.0, 30.0, 6),
        temperature_C=(1200.0, 1600.0, 9),
        database="T21-Su26",
    )
    path = tmp_path_factory.mktemp("readers") / "klb1.h5"
    gb.compute(section, path, workers=1).close()
    gb.trace(path)
    return path


@pytest.fixture(scope="module")
def expected(path):
    """What HDF5 itself finds."""
    with h5py.File(path) as file:
        names = list(read_text(file["phase_name"]))
        return {
            "title": file.attrs["title"].decode(),
            "phases": " ".join(names),
            "components": " ".join(read_text(file["component_name"])),
            "meanings": file["phase_id"].attrs["flag_meanings"].decode(),
            "first": names[file["phase_id"][ROW, COLUMN, 0]],
            "mode": float(file["volume_fraction"][:, :, 1].mean()),
            "density": float(file["density"][ROW, COLUMN]),
            "potential": float(file["chemical_potential"][ROW, COLUMN, 1]),
            "status": int(file["status"][...].sum()),
            "sha256": file["provenance"].attrs["section_sha256"].decode(),
        }


@pytest.fixture(scope="module")
def density(path):
    with h5py.File(path) as file:
        return file["density"][...]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A folder with the JavaScript readers."""
    program("node")
    folder = tmp_path_factory.mktemp("node")
    done = subprocess.run(
        [program("npm"), "install", "--no-audit", "--no-fund", *NPM],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot fetch {' and '.join(NPM)}: {done.stderr.strip()[-200:]}")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command, cwd=None):
    """Return what a program says; it must be content."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def same(text, expected):
    """Compare lines `key, tab, value` with what is expected; what a reader cannot ask is left out."""
    found = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    assert len(found) >= len(expected) - 1
    for key, value in found.items():
        if isinstance(expected[key], str):
            assert value.strip() == expected[key], key
        else:
            assert float(value) == pytest.approx(expected[key], rel=1e-9), key


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4", "kerchunk", "virtualizarr"])
def test_xarray(path, expected, engine):
    pytest.importorskip({"netcdf4": "netCDF4"}.get(engine, engine))
    same(run(sys.executable, HERE / "read_xarray.py", path, engine), expected)


@pytest.mark.parametrize("reader", ["h5wasm", "jsfive"])
def test_javascript(path, expected, node, reader):
    same(run(program("node"), f"read_{reader}.mjs", path, cwd=node), expected)


def test_r(path, expected):
    rscript = program("Rscript")
    if subprocess.run(
        [rscript, "-e", "library(ncdf4)"], capture_output=True, check=False
    ).returncode:
        pytest.skip("R has no ncdf4")
    same(run(rscript, HERE / "read.R", path), expected)


def test_octave(path, expected):
    octave = program("octave-cli")
    if "netcdf" not in run(octave, "--quiet", "--eval", "disp([pkg('list'){:}])"):
        pytest.skip("Octave has no netcdf")
    same(run(octave, "--quiet", HERE / "read.m", path), expected)


def test_ncdump(path, expected):
    ncdump = program("ncdump")
    header = run(ncdump, "-h", path)
    assert "char phase_name(phase, string4)" in header
    assert f':title = "{expected["title"]}"' in header
    assert "string " not in header  # no variable and no attribute of that type
    assert "int64" not in header
    assert "group: diagram" in header
    names = run(ncdump, "-v", "phase_name", path).partition("\ndata:")[2].partition("group:")[0]
    assert re.findall(r'"(\w+)"', names) == expected["phases"].split()
    value = (
        run(ncdump, "-p", "9,17", "-v", "density", path)
        .partition(" density =")[2]
        .partition(";")[0]
    )
    numbers = [float(each) for each in re.findall(r"[\d.]+", value)]
    assert numbers[ROW * 9 + COLUMN] == expected["density"]


def test_h5dump(path, expected):
    found = run(program("h5dump"), "-m", "%.17g", "-d", f"/density[{ROW},{COLUMN};;1,1;]", path)
    assert f"({ROW},{COLUMN}): {expected['density']:.17g}" in found
    assert "H5T_VARIABLE" not in run(program("h5dump"), "-A", path).replace(
        "H5T_VLEN { H5T_REFERENCE", ""
    )


@pytest.mark.parametrize("driver", ["NETCDF:{}:volume_fraction", "HDF5:{}://volume_fraction"])
def test_gdal_takes_zero_for_a_number(path, driver, tmp_path):
    """A band is a row of the diagram; its mean over points and slots is 1 / slots."""
    copy = shutil.copy(path, tmp_path)  # it writes a file beside it
    bands = json.loads(run(program("gdalinfo"), "-json", "-stats", driver.format(copy)))["bands"]
    with h5py.File(path) as file:
        modes = file["volume_fraction"][...]
    assert (modes == 0.0).any()
    found = [band["mean"] for band in bands]
    assert found == pytest.approx(modes.mean(axis=(1, 2)).tolist(), abs=6e-4)  # three digits


def test_cdo(path, density):
    cdo = program("cdo")
    names = run(cdo, "-s", "showname", path).split()
    for name in ("density", "volume_fraction", "chemical_potential", "phase_composition_mol"):
        if name != "phase_composition_mol":  # it has four axes
            assert name in names
    found = run(cdo, "-s", "outputf,%.9g,1", "-selname,density", path).split()
    assert [float(each) for each in found] == pytest.approx(density.ravel().tolist(), rel=1e-8)


def test_nco_takes_the_coordinates_along(path, density, tmp_path):
    ncks = program("ncks")
    run(ncks, "-O", "-v", "chemical_potential", path, tmp_path / "one.nc")
    with h5py.File(tmp_path / "one.nc") as file:
        assert {"chemical_potential", "component_name", "pressure_kbar"} <= set(file)
    run(program("ncwa"), "-O", "-v", "density", path, tmp_path / "mean.nc")
    with h5py.File(tmp_path / "mean.nc") as file:
        assert float(file["density"][()]) == pytest.approx(density.mean(), rel=1e-9)


def test_gmt(path, density):
    fields = run(program("gmt"), "grdinfo", "-C", f"{path}?density").split("\t")
    assert [float(each) for each in fields[1:7]] == pytest.approx(
        [1200.0, 1600.0, 5.0, 30.0, np.min(density), np.max(density)], rel=1e-6
    )
