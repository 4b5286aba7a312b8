"""xarray, by the engine named: h5netcdf, netcdf4, kerchunk or virtualizarr."""

import sys
from pathlib import Path

import numpy as np
import xarray as xr


def by_kerchunk(path, group):
    from kerchunk.hdf import SingleHdf5ToZarr

    references = SingleHdf5ToZarr(path).translate()
    return xr.open_dataset(
        "reference://",
        engine="zarr",
        group=group,
        decode_times=False,
        backend_kwargs={"storage_options": {"fo": references}, "consolidated": False},
    )


def by_virtualizarr(path, group):
    from obspec_utils.registry import ObjectStoreRegistry
    from obstore.store import LocalStore
    from virtualizarr.parsers import HDFParser

    registry = ObjectStoreRegistry({"file://": LocalStore()})
    store = HDFParser(group=group)(url=Path(path).as_uri(), registry=registry)
    return xr.open_zarr(store, consolidated=False, zarr_format=3, decode_times=False)


def read(path, engine, group=None):
    by = {"kerchunk": by_kerchunk, "virtualizarr": by_virtualizarr}
    if engine in by:
        return by[engine](path, group)
    return xr.open_dataset(path, engine=engine, group=group)


def words(variable):
    values = variable.values
    if values.dtype.kind == "S" and values.dtype.itemsize == 1:
        values = np.ascontiguousarray(values).view(f"S{values.shape[-1]}")[..., 0]
    return [each.decode() if isinstance(each, bytes) else str(each) for each in values]


def main():
    path, engine = sys.argv[1:]
    file = read(path, engine)
    names = words(file["phase_name"])
    for key, value in {
        "title": file.attrs["title"],
        "phases": " ".join(names),
        "components": " ".join(words(file["component_name"])),
        "meanings": file["phase_id"].attrs["flag_meanings"],
        "first": names[int(file["phase_id"][2, 3, 0])],
        "mode": float(file["volume_fraction"][:, :, 1].mean()),
        "density": float(file["density"][2, 3]),
        "potential": float(file["chemical_potential"][2, 3, 1]),
        "status": int(file["status"].sum()),
        "sha256": read(path, engine, "provenance").attrs["section_sha256"],
    }.items():
        sys.stdout.write(f"{key}\t{value}\n")


if __name__ == "__main__":
    main()
