"""Fields of a diagram for isopleths: their triangles, and what is solved for along their outlines."""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._quantities.grammar import Quantity, subject_phases
from gibbsite._section.section import Section
from gibbsite.errors import InputError

from .fields import Fields
from .mesh import SAME, Mesh

_LOG = logging.getLogger("gibbsite")
_SEEN: Final = 120  # of points of a section along its longer side; finer is not seen in a picture
_OF_COMPOSITION: Final = ("oxide", "ratio", "cation", "proportion", "exchange", "partition")
"""Groups of quantities that compositions of phases tell."""


class Rims:
    """What isopleths of one result are drawn in; everything is made when first asked for.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    fields : Fields
        Its fields.
    """

    def __init__(self, dataset: xr.Dataset, fields: Fields) -> None:
        self._dataset, self._fields = dataset, fields

    def contours(
        self, meant: Quantity, values: NDArray[np.float64], levels: Sequence[float]
    ) -> list[list[NDArray[np.float64]]]:
        """Return the lines of each level of a quantity, in columns and rows of the grid."""
        keys = [str(key) for key in self._dataset["phase_name"].values]
        phases = subject_phases(meant, keys)
        kinds = [_kind(each.phases, phases) for each in self._fields.fields]
        solved = None
        if meant.group in _OF_COMPOSITION and self._points is not None:
            along = np.asarray(self._points.gb.quantity(meant.text).values, np.float64)
            counts = [len(kept) for kept in self._kept]
            solved = [
                np.interp(np.arange(len(ring)), kept, values)
                for ring, kept, values in zip(
                    self._mesh.rings,
                    self._kept,
                    np.split(along, np.cumsum(counts)[:-1]),
                    strict=True,
                )
            ]
        heights = self._mesh.heights(values, kinds, solved)
        return [self._mesh.contour(heights, level) for level in levels]

    @cached_property
    def _outlines(self) -> list[Any]:
        return [on_grid(self._dataset, self._fields, each.outline) for each in self._fields.fields]

    @cached_property
    def _mesh(self) -> Mesh:
        return Mesh(self._fields.labels, self._outlines)

    @cached_property
    def _kept(self) -> list[NDArray[np.int64]]:
        """Which points of each ring are solved for: vertices of the outline, and as many as are seen."""
        every = max(1, round(max(self._fields.labels.shape) / _SEEN))
        return [
            np.flatnonzero(
                np.isin(_packed(ring), _packed(np.round(shapely.get_coordinates(outline), SAME)))
                | (np.arange(len(ring)) % every == 0)
            )
            for ring, outline in zip(self._mesh.rings, self._outlines, strict=True)
        ]

    @cached_property
    def _points(self) -> xr.Dataset | None:
        """The assemblages along the outlines, None where these are not exact."""
        if not self._fields.exact:
            return None
        section = Section.from_text(
            str(self._dataset.attrs["section_toml"]), "the section of this result"
        )
        try:
            data = section.load_database()
            known = self._dataset.attrs.get("database_sha256") == data.sha256
        except InputError:  # there is none of this name
            known = False
        if not known:
            _LOG.warning(
                "the database that made this result is not at hand: near edges of fields isopleths "
                "are drawn from the points."
            )
            return None
        from gibbsite._lines.outlines import solve_outlines  # the engine, needed for nothing else

        return solve_outlines(
            section,
            [each.phases for each in self._fields.fields],
            [
                shapely.get_coordinates(each.outline.representative_point())[0]
                for each in self._fields.fields
            ],
            [
                self._on_axes(ring[kept])
                for ring, kept in zip(self._mesh.rings, self._kept, strict=True)
            ],
        )

    def _on_axes(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return columns and rows of the grid in coordinates."""
        y, x = (np.asarray(self._dataset[name].values, np.float64) for name in self._fields.axes)
        axes = [
            np.interp(places[:, k], np.arange(len(axis)), axis) for k, axis in enumerate((x, y))
        ]
        return np.column_stack(axes)


def _packed(places: NDArray[np.float64]) -> NDArray[np.complex128]:
    return np.asarray(places[:, 0] + 1j * places[:, 1])


def _kind(field: Sequence[str], phases: Sequence[str]) -> tuple[int, ...] | None:
    """Return how many instances of some phases a field has, None if one is missing."""
    counts = tuple(field.count(phase) for phase in phases)
    return counts if all(counts) else None


def on_grid(dataset: xr.Dataset, fields: Fields, geometry: Any) -> Any:
    """Return a geometry given in coordinates in columns and rows of the grid."""
    y, x = (np.asarray(dataset[name].values, dtype=np.float64) for name in fields.axes)
    return shapely.transform(
        geometry,
        lambda xy: np.stack(
            [np.interp(xy[:, k], axis, np.arange(len(axis))) for k, axis in enumerate((x, y))], -1
        ),
    )
