"""Fields of a diagram for isopleths: their triangles, and what is solved for along their outlines."""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._quantities.grammar import Quantity, subject_phases
from gibbsite._section.section import Section
from gibbsite.errors import InputError

from .bends import bend
from .contours import contour
from .fields import Fields
from .mesh import ALONG, SAME, Cut, Mesh, joined
from .roots import find_roots

if TYPE_CHECKING:
    from gibbsite._lines.within import Within

_LOG = logging.getLogger("gibbsite")
_SEEN: Final = 120  # of points of a section along its longer side; finer is not seen in a picture
_LONG: Final = (
    1.5  # of the distance of points that are as close as is seen; a longer chord is looked into
)
_STRAY: Final = 0.02  # of that distance: what a chord may be off
_EXACT: Final = 1e-9
"""Of the range of a quantity: what its isopleths may be off."""
_FEW: Final = 0.01
"""Share of the places of isopleths that may be between the points without a warning."""
_PLACES: Final = 8
"""Points of a field that its assemblage is looked for at, before it is given up."""


class Rims:
    """What isopleths of one result are drawn in; everything is made when first asked for.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    fields : Fields
        Its fields.

    Attributes
    ----------
    unmet : int
        How many places of isopleths so far could not be solved for, though lines are exact.
    """

    def __init__(self, dataset: xr.Dataset, fields: Fields) -> None:
        self._dataset, self._fields = dataset, fields
        self.unmet = 0

    def contours(
        self, meant: Quantity, values: NDArray[np.float64], levels: Sequence[float]
    ) -> list[list[NDArray[np.float64]]]:
        """Return the lines of each level of a quantity, in columns and rows of the grid."""
        if (
            self._within is None and not meant.of_phase
        ):  # only kinks at edges, which points do not tell
            return [contour(values, level) for level in levels]
        keys = [str(key) for key in self._dataset["phase_name"].values]
        phases = subject_phases(meant, keys) if meant.of_phase else ()
        kinds = [_kind(each.phases, phases) for each in self._fields.fields]
        solved = None
        if self._points is not None:
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
        jumps = not meant.of_phase
        cuts = [self._mesh.cut(heights, level, jumps=jumps) for level in levels]
        if self._within is not None and cuts:
            tolerance = _EXACT * float(np.nanmax(values) - np.nanmin(values))
            cuts = self._solved(meant.text, cuts, levels, tolerance)
            return self._bent(meant.text, cuts, levels, tolerance)
        return [cut.joined() for cut in cuts]

    def _solved(
        self, quantity: str, cuts: Sequence[Cut], levels: Sequence[float], tolerance: float
    ) -> list[Cut]:
        """Return cuts with their places where they are: solved for on their edges, all at once."""
        every = Cut(*(np.concatenate(each) for each in zip(*cuts, strict=True)))
        counts = [len(cut.share) for cut in cuts]
        level = np.repeat(np.asarray(levels, np.float64), counts)

        def off(which: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.float64]:
            at = every.at(share, which)
            return self._at(quantity, every.field[which], at) - level[which]

        share = every.share.copy()
        free = np.flatnonzero((every.off != 0.0).any(axis=1))  # others are vertices, at jumps
        share[free], met = find_roots(
            lambda which, at: off(free[which], at), every.off[free], tolerance
        )
        missed = int(np.count_nonzero(~met))
        self.unmet += missed
        if missed:
            _LOG.log(
                logging.WARNING if missed > _FEW * len(met) else logging.INFO,
                "%d of %d places of isopleths of %s could not be solved for: they are between the "
                "points.", missed, len(met), quantity,
            )  # fmt: skip
        parts = np.split(share, np.cumsum(counts)[:-1])
        return [cut._replace(share=part) for cut, part in zip(cuts, parts, strict=True)]

    def _bent(
        self, quantity: str, cuts: Sequence[Cut], levels: Sequence[float], tolerance: float
    ) -> list[list[NDArray[np.float64]]]:
        """Return the lines of cuts whose places are where they are, as curved as is seen between them."""
        pieces = [cut.pieces() for cut in cuts]
        chords = np.concatenate(pieces)
        inside = np.concatenate([cut.inside for cut in cuts])
        which = np.repeat(np.arange(len(cuts)), [len(each) for each in pieces])
        level = np.asarray(levels, np.float64)[which]
        seen = max(self._fields.labels.shape) / _SEEN
        length = np.hypot(*(chords[:, 1] - chords[:, 0]).T)
        long = np.flatnonzero((inside != ALONG) & (length > _LONG * seen))

        def off(of: NDArray[np.int64], places: NDArray[np.float64]) -> NDArray[np.float64]:
            own = long[of]
            return self._at(quantity, inside[own], places) - level[own]

        parts: list[NDArray[np.float64]] = list(chords)
        for number, curve in zip(
            long, bend(off, chords[long], _STRAY * seen, tolerance), strict=True
        ):
            parts[number] = curve
        return [
            joined([parts[i] for i in np.flatnonzero((which == k) & (length > 0.0))])
            for k in range(len(cuts))
        ]

    def _at(
        self, quantity: str, field: NDArray[np.int64], places: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return a quantity at columns and rows, solved for in the assemblages of some fields."""
        assert self._within is not None
        found = self._within.solve(field, self._on_axes(places))
        return np.asarray(found.gb.quantity(quantity).values, np.float64)

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
        if self._within is None:
            return None
        rings = [ring[kept] for ring, kept in zip(self._mesh.rings, self._kept, strict=True)]
        field = np.repeat(np.arange(len(rings)), [len(each) for each in rings])
        return self._within.solve(field, self._on_axes(np.vstack([*rings, np.zeros((0, 2))])))

    @cached_property
    def _within(self) -> "Within | None":
        """The assemblages of the fields at any place, None where their lines are not exact."""
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
                "the database that made this result is not at hand: isopleths are drawn from "
                "its points."
            )
            return None
        from gibbsite._lines.within import Within  # the engine, needed for nothing else

        return Within(section, [each.phases for each in self._fields.fields], self._inside())

    def _inside(self) -> list[NDArray[np.float64]]:
        """Return some places in each field: within its outline, and points of the grid."""
        labels = self._fields.labels.ravel()
        order = np.argsort(labels, kind="stable")
        stops = np.searchsorted(labels[order], np.arange(len(self._fields.fields) + 1))
        row, column = np.divmod(order, self._fields.labels.shape[1])
        points = self._on_axes(np.column_stack([column, row]).astype(np.float64))
        places = []
        for number, each in enumerate(self._fields.fields):
            middle = shapely.get_coordinates(each.outline.representative_point())
            mine = points[stops[number] : stops[number + 1]]
            places.append(np.vstack([middle, mine[:: max(1, len(mine) // _PLACES)]]))
        return places

    def _on_axes(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return columns and rows of the grid in coordinates."""
        y, x = (np.asarray(self._dataset[name].values, np.float64) for name in self._fields.axes)
        axes = [
            np.interp(places[:, k], np.arange(len(axis)), axis) for k, axis in enumerate((x, y))
        ]
        return np.column_stack(axes)


def _packed(places: NDArray[np.float64]) -> NDArray[np.complex128]:
    return np.asarray(places[:, 0] + 1j * places[:, 1])


def _kind(field: Sequence[str], phases: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    """Return how many instances of some phases, each any of a row, a field has; None if one is missing."""
    counts = tuple(sum(map(field.count, row)) for row in phases)
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
