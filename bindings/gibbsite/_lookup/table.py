"""A lookup of quantities by pressure and temperature that states its own error."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.given import numbers
from gibbsite._showing import html_facts, html_table, listed
from gibbsite.errors import InputError

Array = NDArray[np.float64]
SMOOTH, MIXED, DISCONTINUOUS, FAILED = range(4)
KINDS: Final = ("smooth", "mixed", "discontinuous", "failed")
CORNERS: Final = (0, 6, 2, 8)
"""Of the nine nodes of a cell, u the slower: where (u, v) is (0, 0), (1, 0), (0, 1), (1, 1)."""


@dataclass(frozen=True)
class CellTree:
    """A tree of cells; those without children are leaves. Nine nodes each, 3 x 3.

    Attributes
    ----------
    low, size : (m, 2) arrays
        Lower corner and extent [kbar, degC].
    child : (m,) array of int
        The first of four, the others following; -1 for a leaf.
    kind : (m,) array of int
        One of KINDS.
    values : (m, Q, 9) array
        At the nodes.
    slopes : (m, Q, 4, 2) array
        At the corners, times the extent; NaN where none is known.
    """

    low: Array
    size: Array
    child: NDArray[np.int64]
    kind: NDArray[np.int8]
    values: Array
    slopes: Array


def hermite(corners: Array, slopes: Array, u: Array, v: Array) -> Array:
    """Interpolate by values and slopes at the corners of a unit square, to the third order.

    Cubics along two opposite edges blended, for both pairs, less what is counted twice (Adini's
    rectangle): it needs no mixed derivative, and cells next to each other agree on their edge.

    Parameters
    ----------
    corners, slopes : (n, Q, 4), (n, Q, 4, 2) arrays
        At (u, v) = (0, 0), (1, 0), (0, 1), (1, 1).
    u, v : (n,) arrays
        Where.
    """
    u, v = u[:, None], v[:, None]
    f, fu, fv = corners, slopes[..., 0], slopes[..., 1]

    def cubic(a: Array, b: Array, da: Array, db: Array, x: Array) -> Array:
        y = 1.0 - x
        return np.asarray(
            y * y * (1.0 + 2.0 * x) * a + x * x * (3.0 - 2.0 * x) * b + x * y * (y * da - x * db)
        )

    along_u = (1.0 - v) * cubic(f[..., 0], f[..., 1], fu[..., 0], fu[..., 1], u) + v * cubic(
        f[..., 2], f[..., 3], fu[..., 2], fu[..., 3], u
    )
    along_v = (1.0 - u) * cubic(f[..., 0], f[..., 2], fv[..., 0], fv[..., 2], v) + u * cubic(
        f[..., 1], f[..., 3], fv[..., 1], fv[..., 3], v
    )
    return along_u + along_v - bilinear(corners, u[:, 0], v[:, 0])


def bilinear(corners: Array, u: Array, v: Array) -> Array:
    """Interpolate by the values at the corners, (n, Q)."""
    u, v = u[:, None], v[:, None]
    return np.asarray(
        (1.0 - u) * ((1.0 - v) * corners[..., 0] + v * corners[..., 2])
        + u * ((1.0 - v) * corners[..., 1] + v * corners[..., 3])
    )


def quadratic(nodes: Array, u: Array, v: Array) -> Array:
    """Interpolate by the values at nine nodes, (n, Q)."""

    def weights(x: Array) -> Array:
        return np.stack([(1.0 - x) * (1.0 - 2.0 * x), 4.0 * x * (1.0 - x), x * (2.0 * x - 1.0)])

    each = weights(u)[:, None] * weights(v)[None]  # (3, 3, n)
    return np.asarray(np.einsum("nqk,kn->nq", nodes, each.reshape(9, -1)))


def quarters(nodes: Array, u: Array, v: Array) -> Array:
    """Interpolate bilinearly in each quarter of a cell, (n, Q)."""
    right, up = (u >= 0.5).astype(int), (v >= 0.5).astype(int)
    first = 3 * right + up
    rows, corners = np.arange(len(u)), [first, first + 3, first + 1, first + 4]
    picked = np.stack([nodes[rows, :, corner] for corner in corners], axis=-1)
    return bilinear(picked, 2.0 * u - right, 2.0 * v - up)


@dataclass(frozen=True)
class Table:
    """Quantities of a rock by pressure and temperature, interpolated; made by `gibbsite.table`.

    Attributes
    ----------
    quantities, units : tuple of str
        What it holds.
    tolerance : mapping of str to float
        What was asked for, in the units of the quantity.
    worst : mapping of str to float
        The largest error found at the held-out points outside discontinuous cells; inf where the table
        has a number and the rock none, or the other way about.
    worst_discontinuous : mapping of str to float
        The same inside them; 0 where no point fell there.
    checked : int
        Held-out points: none of them was used to make the table.
    above : int
        How many of those outside discontinuous cells were off by more than the tolerance.
    unseen : float
        Share of the area, at most (with 95 % confidence), in which the error of a quantity outside
        discontinuous cells is larger than `worst`: what so many points all over can miss.
    title, database : str
        Of what.
    """

    quantities: tuple[str, ...]
    units: tuple[str, ...]
    tolerance: Mapping[str, float]
    worst: Mapping[str, float]
    worst_discontinuous: Mapping[str, float]
    checked: int
    above: int
    unseen: float
    title: str
    database: str
    database_sha256: str
    cells: CellTree = field(repr=False)
    roots: NDArray[np.int64] = field(repr=False)
    """(a, b) cells side by side, before any was split."""

    def __repr__(self) -> str:
        """Return what it is of, and how far it is off at most."""
        worst = (f"{name} within {value:.3g}" for name, value in self.worst.items())
        return f"<Table of {self.title}, {self.database}, {len(self)} cells: {listed(worst)}>"

    def _repr_html_(self) -> str:
        rows = [
            (name, unit, *(f"{each[name]:.3g}" for each in (self.tolerance, self.worst)))
            for name, unit in zip(self.quantities, self.units, strict=True)
        ]
        head = ("quantity", "unit", "asked for", f"largest error at {self.checked} points")
        (p, t), (p_end, t_end) = self.low, self.high
        return html_table(head, rows, f"{self.title}, {self.database}") + html_facts(
            [
                ("range", f"{p:g} to {p_end:g} kbar, {t:g} to {t_end:g} °C"),
                ("cells", str(len(self))),
                ("discontinuous", f"{self.discontinuous:.2%} of the area"),
                ("no answer", f"{self.failed:.2%} of the area"),
            ]
        )

    @property
    def low(self) -> Array:
        """Least pressure [kbar] and temperature [degC]."""
        return np.asarray(self.cells.low[self.roots[0, 0]])

    @property
    def high(self) -> Array:
        """Greatest pressure [kbar] and temperature [degC]."""
        last = self.roots[-1, -1]
        return np.asarray(self.cells.low[last] + self.cells.size[last])

    def _share(self, kind: int) -> float:
        leaf = self.cells.child < 0
        area = self.cells.size.prod(axis=1)
        return float(area[leaf & (self.cells.kind == kind)].sum() / area[leaf].sum())

    @property
    def discontinuous(self) -> float:
        """Share of the area in cells that a jump or a kink runs through, too sharp for the finest."""
        return self._share(DISCONTINUOUS)

    @property
    def failed(self) -> float:
        """Share of the area in cells that have no answer."""
        return self._share(FAILED)

    def __len__(self) -> int:
        """Return how many cells there are."""
        return int(np.count_nonzero(self.cells.child < 0))

    def find(self, pressure_kbar: Array, temperature_C: Array) -> NDArray[np.int64]:
        """Return the leaf of each point, -1 outside; (n,) arrays."""
        x = np.stack([pressure_kbar, temperature_C], axis=-1)
        inside = np.asarray(((x >= self.low) & (x <= self.high)).all(axis=-1))  # not so of NaN
        number = np.array(self.roots.shape)
        place = np.where(inside[:, None], (x - self.low) / (self.high - self.low) * number, 0.0)
        i, j = np.minimum(place.astype(np.int64), number - 1).T
        cell = self.roots[i, j]
        while (within := np.flatnonzero(self.cells.child[cell] >= 0)).size:
            at = cell[within]
            middle = self.cells.low[at] + 0.5 * self.cells.size[at]
            right, up = (x[within] >= middle).T
            cell[within] = self.cells.child[at] + 2 * right + up
        return np.where(inside, cell, -1)

    def __call__(self, pressure_kbar: ArrayLike, temperature_C: ArrayLike) -> dict[str, Array]:
        """Interpolate all quantities.

        Parameters
        ----------
        pressure_kbar, temperature_C : array_like
            kbar, °C; of any shapes that broadcast.

        Returns
        -------
        dict of str to ndarray
            By the names of the quantities; NaN outside, and where there is no answer.

        Raises
        ------
        InputError
            If they are no numbers, or of shapes that do not broadcast.
        """
        p, t = numbers("pressure_kbar", pressure_kbar), numbers("temperature_C", temperature_C)
        try:
            p, t = np.broadcast_arrays(p, t)
        except ValueError:
            raise InputError(
                f"pressures of shape {p.shape} and temperatures of shape {t.shape} do not broadcast."
            ) from None
        found = self._interpolated(p.ravel(), t.ravel())
        return {name: found[:, q].reshape(p.shape) for q, name in enumerate(self.quantities)}

    def _interpolated(self, p: Array, t: Array) -> Array:
        leaf = self.find(p, t)
        out = np.full((len(p), len(self.quantities)), np.nan)
        (some,) = np.nonzero((leaf >= 0) & (self.cells.kind[leaf] != FAILED))
        at = leaf[some]
        u = (p[some] - self.cells.low[at, 0]) / self.cells.size[at, 0]
        v = (t[some] - self.cells.low[at, 1]) / self.cells.size[at, 1]
        out[some] = interpolate(
            self.cells.kind[at], self.cells.values[at], self.cells.slopes[at], u, v
        )
        return out

    def kind(self, pressure_kbar: ArrayLike, temperature_C: ArrayLike) -> NDArray[np.int8]:
        """Return what cell each point lies in, a number of `KINDS`; -1 outside."""
        p, t = np.broadcast_arrays(
            np.asarray(pressure_kbar, float), np.asarray(temperature_C, float)
        )
        leaf = self.find(p.ravel(), t.ravel())
        return np.where(leaf >= 0, self.cells.kind[leaf], -1).astype(np.int8).reshape(p.shape)

    def grid(self, pressure_kbar: ArrayLike, temperature_C: ArrayLike) -> xr.Dataset:
        """Return the quantities on a regular grid, as a dataset that any reader of netCDF takes.

        Parameters
        ----------
        pressure_kbar, temperature_C : 1-d arrays
            Its axes.
        """
        p, t = numbers("pressure_kbar", pressure_kbar), numbers("temperature_C", temperature_C)
        found = self(p[:, None], t[None, :])
        dims = ("pressure_kbar", "temperature_C")
        variables: dict[str, Any] = {
            name: (
                dims,
                found[name],
                {"units": unit, "tolerance": self.tolerance[name], "worst_error": self.worst[name]},
            )
            for name, unit in zip(self.quantities, self.units, strict=True)
        }
        variables["cell_kind"] = (
            dims,
            self.kind(p[:, None], t[None, :]),
            {"flag_values": np.arange(len(KINDS), dtype=np.int8), "flag_meanings": " ".join(KINDS)},
        )
        axes = {"pressure_kbar": (dims[0], p, {"units": "kbar"})}
        axes["temperature_C"] = (dims[1], t, {"units": "degC"})
        about = {"title": self.title, "database": self.database}
        return xr.Dataset(variables, axes, about)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table into a netCDF-4 file, to be read by `Table.load`."""
        about = {
            "format": "gibbsite table 2",
            "title": self.title,
            "database": self.database,
            "database_sha256": self.database_sha256,
            "checked": self.checked,
            "above": self.above,
            "unseen": self.unseen,
        }
        columns: dict[str, Any] = {
            name: ("quantity", np.array([each[q] for q in self.quantities]))
            for name, each in (
                ("tolerance", self.tolerance),
                ("worst", self.worst),
                ("worst_discontinuous", self.worst_discontinuous),
            )
        }
        columns |= {name: (dims, getattr(self.cells, name)) for name, dims in _CELLS.items()}
        columns["roots"] = (("column", "row"), self.roots)
        columns["units"] = ("quantity", np.array(self.units, object))
        coords = {"quantity": np.array(self.quantities, object)}
        xr.Dataset(columns, coords, about).to_netcdf(path, engine="h5netcdf")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Table":
        """Read a table that `save` has written.

        Raises
        ------
        InputError
            If the file is none.
        """
        if not os.path.exists(path):
            raise InputError(f"there is no file {path}.")
        try:
            opened = xr.open_dataset(path, engine="h5netcdf", decode_cf=False)
        except OSError as error:
            raise InputError(f"{path} is no table of gibbsite.table: {error}.") from None
        with opened as found:
            about = found.attrs
            if about.get("format") != "gibbsite table 2":
                raise InputError(f"{path} is no table of gibbsite.table.")
            names = tuple(str(name) for name in found["quantity"].values)

            def column(name: str) -> dict[str, float]:
                return dict(zip(names, found[name].values.tolist(), strict=True))

            return cls(
                names,
                tuple(str(unit) for unit in found["units"].values),
                column("tolerance"),
                column("worst"),
                column("worst_discontinuous"),
                int(about["checked"]),
                int(about["above"]),
                float(about["unseen"]),
                str(about["title"]),
                str(about["database"]),
                str(about["database_sha256"]),
                CellTree(**{name: found[name].values for name in _CELLS}),
                found["roots"].values,
            )


_CELLS: Final = {
    "low": ("cell", "axis"),
    "size": ("cell", "axis"),
    "child": ("cell",),
    "kind": ("cell",),
    "values": ("cell", "quantity", "node"),
    "slopes": ("cell", "quantity", "corner", "axis"),
}


def interpolate(kind: NDArray[np.int8], values: Array, slopes: Array, u: Array, v: Array) -> Array:
    """Interpolate in cells of one point each, (n, Q); see `CellTree`.

    Smooth cells by Hermite's polynomials where slopes are known, else by nine nodes; others by
    quarters, since a field boundary runs through them.
    """
    by_slopes = hermite(values[..., CORNERS], slopes, u, v)
    smooth = np.where(np.isnan(by_slopes), quadratic(values, u, v), by_slopes)
    return np.where((kind == SMOOTH)[:, None], smooth, quarters(values, u, v))
