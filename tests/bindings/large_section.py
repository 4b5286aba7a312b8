"""A file of a million points that is quickly made: each is a copy of one of a drawn section."""

from dataclasses import dataclass

import numpy as np
from drawn_section import COMPONENTS, melting

from gibbsite._running.compute import compute
from gibbsite._store.schema import PROFILES, Tables

COARSE = 126


@dataclass(frozen=True)
class Drawn:
    """The section of a drawn diagram."""

    rows: np.ndarray
    columns: np.ndarray
    title: str = "A million points"
    pressure_kbar: float | None = 3.0
    temperature_C: float | None = None
    database: str = "made-up"
    only: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    sha256: str = "0" * 64
    outside_range: str = ""
    along: str = ""
    properties: tuple[str, ...] = ()

    @property
    def axes(self):
        return {"temperature_C": self.rows, "x": self.columns}

    def to_toml(self):
        return 'title = "A million points"\n'


def write_large(path, n, profile="light", tile=128):
    """Write a file of n x n points; return the points of which they are the nearest copies."""
    near = np.rint(np.linspace(0, COARSE - 1, n)).astype(int)
    dataset = melting(shape=(COARSE, COARSE))
    phases = tuple(str(name) for name in dataset["phase_name"].values)
    tables = Tables(
        database="made-up",
        database_sha256="0" * 64,
        components=COMPONENTS,
        molar_mass=(60.0, 80.0, 102.0, 152.0, 72.0, 40.0, 56.0, 62.0, 94.0),
        phases=phases,
        phase_long_names=phases,
        endmembers=tuple((name,) for name in phases),
    )

    def cut(section, rows, columns):
        here = np.ix_(near[rows], near[columns])
        known = {name: variable.values[here] for name, variable in dataset.data_vars.items()}
        shape, sizes = (len(near[rows]), len(near[columns])), tables.sizes()
        rest = {
            variable.name: np.ones((*shape, *(sizes[dim] for dim in variable.dims)), variable.dtype)
            for variable in PROFILES[profile]
            if variable.name not in known
        }
        return known | rest

    section = Drawn(np.linspace(1000.0, 1300.0, n), np.linspace(0.0, 1.0, n))
    compute(
        section, path, tile_function=cut, tables=tables, profile=profile, tile=(tile, tile),
        progress=False,
    ).close()  # fmt: skip
    return dataset
