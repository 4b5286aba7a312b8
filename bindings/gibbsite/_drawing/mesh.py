"""Fields as triangles between the points of a grid and the outlines, and lines of equal value in them.

What is smooth within a field has a kink at its edge, or jumps there: the composition of a pyroxene
where a second one comes in. So no triangle reaches over an edge. On the edge a value is continued from
the points of the fields on both sides: where they agree it is one, and lines go on from field to field,
also through one so thin that it holds no point of the grid.
"""

import itertools
from collections.abc import Hashable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

_CHORD: Final = 0.5  # cells; outlines get a vertex at least so often
_CLEAR: Final = 0.3  # cells; a square so near to an outline is cut into triangles with it
_FLAT: Final = 1e-5  # cells; a triangle of so little height is a part of an outline
_ONE: Final = 0.02  # cells; no two places of a line are nearer to each other
SAME: Final = 6  # decimals of a cell; vertices that agree in them are one

ALONG: Final = -1
"""In the place of the field of a chord: it is a part of an outline."""
_ROUNDING: Final = 1e-3  # of the range of solved values: what two fields may differ by

_SQUARE: Final = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


class Mesh:
    """The triangles of all fields of a grid.

    Parameters
    ----------
    labels : ndarray of int, shape (ny, nx)
        Number of the field of every point; negative where there is none.
    outlines : sequence of Polygon
        Those of the fields, in columns and rows.
    """

    def __init__(self, labels: NDArray[np.int64], outlines: Sequence[Any]) -> None:
        self._labels = labels
        ny, nx = labels.shape
        fine = [shapely.segmentize(outline, _CHORD) for outline in outlines]
        vertices = [np.round(shapely.get_coordinates(each), SAME) + 0.0 for each in fine]
        counts = [len(each) for each in vertices]
        places, ids = np.unique(
            np.vstack([*vertices, np.zeros((0, 2))]), axis=0, return_inverse=True
        )
        row, column = np.divmod(np.arange(ny * nx), nx)
        self._places = np.vstack([np.column_stack([column, row]).astype(np.float64), places])
        self._rings = np.split(ids.ravel(), np.cumsum(counts)[:-1])
        self._corners = [np.unique(ring) for ring in self._rings]
        squares = self._squares()
        self._squares_at = np.concatenate([*squares, np.zeros(0, np.int64)])[:, None] + _around(nx)
        self._triangles = [
            self._rim(number, outline, squares[number]) for number, outline in enumerate(fine)
        ]

    def _squares(self) -> list[NDArray[np.int64]]:
        """Return the first corner of the squares of the grid within each field, clear of its outline."""
        ny, nx = self._labels.shape
        whole = np.zeros((max(ny - 1, 0), max(nx - 1, 0)), np.bool_)
        first = self._labels[:-1, :-1]
        whole[:] = first >= 0
        for down, right in _SQUARE[1:]:
            whole &= first == self._labels[down : ny - 1 + down, right : nx - 1 + right]
        at = self._places[self._labels.size :]
        inner = (at > 0.0).all(axis=1) & (at < np.array([nx - 1, ny - 1])).all(axis=1)
        for shift in np.array(np.meshgrid(*[(-_CLEAR, 0.0, _CLEAR)] * 2)).reshape(2, -1).T:
            column, row = np.floor(at[inner] + shift).astype(np.int64).T
            there = (row >= 0) & (row < ny - 1) & (column >= 0) & (column < nx - 1)
            whole[row[there], column[there]] = False
        row, column = np.nonzero(whole)
        number, start = first[row, column], row * nx + column
        order = np.argsort(number, kind="stable")
        stops = np.searchsorted(number[order], np.arange(len(self._corners) + 1))
        return [start[order[a:b]] for a, b in itertools.pairwise(stops)]

    def _rim(self, number: int, outline: Any, start: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the triangles between the squares of a field and its outline."""
        from scipy.spatial import Delaunay, QhullError  # slow to import, for isopleths only

        nx = self._labels.shape[1]
        around = np.bincount((start[:, None] + _around(nx)).ravel(), minlength=self._labels.size)
        points = np.flatnonzero(((self._labels == number).ravel()) & (around < 4))
        corners = self._labels.size + self._corners[number]
        cells = np.minimum(self._places[corners], np.array(self._labels.shape[::-1]) - 2)
        column, row = np.floor(cells).astype(np.int64).T
        corners = corners[~np.isin(row * nx + column, start)]  # those on the frame of the grid
        nodes = np.concatenate([points, corners])
        if len(nodes) < 3:
            return np.zeros((0, 3), np.int64)
        at = self._places[nodes]
        try:
            triangles = Delaunay(at).simplices
        except QhullError:  # of no area
            return np.zeros((0, 3), np.int64)
        middle = at[triangles].mean(axis=1)
        shapely.prepare(outline)
        column, row = np.floor(middle).astype(np.int64).T
        taken = np.isin(row * nx + column, start)
        inside = shapely.contains_xy(outline, *middle.T) & ~taken
        ahead = np.roll(at[triangles], -1, axis=1) - at[triangles]
        length = np.hypot(*np.moveaxis(ahead, -1, 0))
        area = np.abs(ahead[:, 0, 0] * ahead[:, 1, 1] - ahead[:, 0, 1] * ahead[:, 1, 0])
        flat = area < _FLAT * length.max(axis=1)
        found = np.asarray(nodes[triangles], np.int64)
        longest = np.asarray(length.argmax(axis=1), np.int64)
        return found[_with_flat(found, inside & ~flat, flat & ~taken, longest)]

    @property
    def rings(self) -> list[NDArray[np.float64]]:
        """Columns and rows of the points along the outline of each field, shape (n, 2)."""
        return [self._places[self._labels.size + ring] for ring in self._rings]

    def heights(
        self,
        values: NDArray[np.float64],
        kinds: Sequence[Hashable | None],
        solved: Sequence[NDArray[np.float64]] | None = None,
    ) -> list[NDArray[np.float64]]:
        """Return values at the corners of all squares and triangles, for `contour`.

        Parameters
        ----------
        values : ndarray, shape (ny, nx)
            At the points of the grid; NaN where there is none.
        kinds : sequence
            None for a field in which the quantity has no value; a field without a point of its own takes
            what there is on its outline from fields of the same kind.
        solved : sequence of ndarray, optional
            Values at the points of `rings`, NaN where there is none; used before any continued one.

        Returns
        -------
        [ndarray, shape (m, 4), ndarray, shape (n, 3)]
            NaN where nothing is known.
        """
        corner = np.concatenate([*self._corners, np.zeros(0, np.int64)])
        field = np.repeat(np.arange(len(self._corners)), [len(ids) for ids in self._corners])
        numbers = {each: k for k, each in enumerate(dict.fromkeys(kinds))}
        kind = np.array([numbers[each] for each in kinds], np.int64)
        known = np.array([each is not None for each in kinds], np.bool_)
        straight, spread, level = (np.full(len(corner), np.nan) for _ in range(3))
        for k in np.flatnonzero(known):
            mine = field == k
            straight[mine], spread[mine] = self._continued(values, int(k), level=False)
            level[mine], _ = self._continued(values, int(k), level=True)
        on_edge = _agreed(corner, kind[field], straight, spread)
        on_edge = np.where(np.isfinite(on_edge) | ~known[field], on_edge, level)
        on_edge[~known[field]] = np.nan
        if solved is not None:
            own = np.full(len(corner), np.nan)
            for number, (ring, ids) in enumerate(zip(self._rings, self._corners, strict=True)):
                at = np.flatnonzero(field == number)[np.searchsorted(ids, ring)]
                own[at] = solved[number]
            finite = own[np.isfinite(own)]
            width = _ROUNDING * float(finite.max() - finite.min()) if finite.size else 0.0
            own = _agreed(corner, kind[field], own, np.full(len(own), width))
            on_edge = np.where(np.isfinite(own) & known[field], own, on_edge)
        size = self._labels.size
        there = np.where(np.append(known, False)[self._labels], values, np.nan).ravel()
        found = []
        for number, triangles in enumerate(self._triangles):
            inside = triangles < size
            heights = there[np.where(inside, triangles, 0)]
            place = np.searchsorted(self._corners[number], triangles[~inside] - size)
            heights[~inside] = on_edge[field == number][place]
            found.append(heights)
        return [there[self._squares_at], np.vstack([*found, np.zeros((0, 3))])]

    def _continued(
        self, values: NDArray[np.float64], number: int, level: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the values of a field at the vertices of its outline, and how they vary within a cell."""
        inside = np.where(self._labels == number, values, np.nan)
        at = self._places[self._labels.size + self._corners[number]]
        if not np.isfinite(inside).any():
            return np.full(len(at), np.nan), np.full(len(at), np.nan)
        rows, columns = (_window(np.asarray(np.isfinite(inside).any(axis=axis))) for axis in (1, 0))
        known = np.pad(continued(inside[rows, columns], level=level), 1, constant_values=np.nan)
        u, v = at.T - np.array([[columns.start], [rows.start]]) + 1.0
        u, v = np.clip(u, 0.0, known.shape[1] - 1.001), np.clip(v, 0.0, known.shape[0] - 1.001)
        column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        p, q = u - column, v - row
        weight = np.stack([(1 - q) * (1 - p), (1 - q) * p, q * (1 - p), q * p])
        corners = np.stack([known[row + down, column + right] for down, right in _SQUARE])
        counts = weight > 1e-9
        mean = np.where(counts, weight * corners, 0.0).sum(axis=0)
        there = np.where(counts, corners, mean)
        return mean, there.max(axis=0) - there.min(axis=0)

    def cut(
        self, heights: Sequence[NDArray[np.float64]], level: float, *, jumps: bool = False
    ) -> "Cut":
        """Return where a level cuts the edges of squares and triangles, straight between corners.

        With `jumps` the lines go on along an outline where the value jumps over the level.
        """
        cells = self._squares_at, np.vstack([*self._triangles, np.zeros((0, 3), np.int64)])
        fields = (
            self._labels.ravel()[cells[0][:, 0]],
            np.repeat(np.arange(len(self._triangles)), [len(each) for each in self._triangles]),
        )
        parts = [_crossed(*each, level) for each in zip(cells, heights, fields, strict=True)]
        along = 0
        if jumps:
            on_outline = self._labels.size
            parts.append(_jumped(on_outline, cells[1], heights[1], fields[1], level))
            along = len(parts[-1][1])
        ends, field = (np.concatenate(each) for each in zip(*parts, strict=True))
        edges, first, which = np.unique(
            ends.reshape(-1, 4), axis=0, return_index=True, return_inverse=True
        )
        nodes, off = edges[:, :2].astype(np.int64), edges[:, 2:] - level
        change = off[:, 0] - off[:, 1]
        share = np.divide(off[:, 0], change, out=np.zeros(len(off)), where=change != 0.0)
        inside = field.copy()
        inside[len(field) - along :] = ALONG
        owner = np.repeat(field, 2)[first]
        return Cut(self._places[nodes], off, share, owner, which.reshape(-1, 2), inside)

    def contour(
        self, heights: Sequence[NDArray[np.float64]], level: float
    ) -> list[NDArray[np.float64]]:
        """Return the lines of a level, each an array (n, 2) of columns and rows."""
        return self.cut(heights, level).joined()


class Cut(NamedTuple):
    """Where a level cuts the edges of cells, n places, and the chords between them.

    Attributes
    ----------
    ends : ndarray, shape (n, 2, 2)
        Columns and rows of both ends of each edge.
    off : ndarray, shape (n, 2)
        What is to be added to the level there.
    share : ndarray, shape (n,)
        How far along its edge each place lies.
    field : ndarray of int, shape (n,)
        A field on whose side it is.
    chords : ndarray of int, shape (m, 2)
        Places that are joined within a cell.
    inside : ndarray of int, shape (m,)
        The field that each chord lies in, ALONG for a part of an outline.
    """

    ends: NDArray[np.float64]
    off: NDArray[np.float64]
    share: NDArray[np.float64]
    field: NDArray[np.int64]
    chords: NDArray[np.int64]
    inside: NDArray[np.int64]

    def at(self, share: NDArray[np.float64], which: Any = slice(None)) -> NDArray[np.float64]:
        """Return columns and rows of places at some shares of their edges, shape (n, 2)."""
        first, last = self.ends[which, 0], self.ends[which, 1]
        return np.asarray(first + share[:, None] * (last - first))

    def pieces(self) -> NDArray[np.float64]:
        """Return both ends of each chord, columns and rows, shape (m, 2, 2)."""
        return self.at(self.share)[self.chords]

    def joined(self) -> list[NDArray[np.float64]]:
        """Return the lines, each an array (n, 2) of columns and rows."""
        pieces = self.pieces()
        return joined(pieces[(pieces[:, 0] != pieces[:, 1]).any(axis=1)])


def joined(
    pieces: Sequence[NDArray[np.float64]] | NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Return lines, each an array (n, 2) of columns and rows, of pieces that have ends in common."""
    merged = shapely.line_merge(shapely.MultiLineString(list(pieces)))
    return [_thinned(np.asarray(part.coords)) for part in shapely.get_parts(merged)]


def _thinned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a line without places that are nearly the one before."""
    so_far = np.r_[0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    kept = np.unique(np.floor(so_far / _ONE), return_index=True)[1]
    kept = np.r_[kept[so_far[kept] < so_far[-1] - _ONE], len(line) - 1]
    return np.asarray(line[np.unique(np.r_[0, kept])])


def _with_flat(
    triangles: NDArray[np.int64],
    taken: NDArray[np.bool_],
    flat: NDArray[np.bool_],
    longest: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return which triangles a field has: those taken, and flat ones between these and its outline.

    Where vertices of an outline lie on a straight line there are triangles of no height; whether they
    are within it is lost in rounding. One is there if its longest side is that of another.

    Parameters
    ----------
    triangles : ndarray of int, shape (n, 3)
        Their corners.
    taken, flat : ndarray of bool, shape (n,)
        Which are within the outline; which have no height.
    longest : ndarray of int, shape (n,)
        The corner after which their longest side comes.
    """
    sides = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], -1), axis=-1)
    _, number = np.unique(sides.reshape(-1, 2), axis=0, return_inverse=True)
    number = number.reshape(-1, 3)
    long_side = number[np.arange(len(triangles)), longest]
    taken = taken.copy()
    while True:
        used = np.bincount(number[taken].ravel(), minlength=number.size)
        more = flat & ~taken & (used[long_side] == 1)
        if not more.any():
            return taken
        taken |= more


def _crossed(
    nodes: NDArray[np.int64],
    heights: NDArray[np.float64],
    field: NDArray[np.int64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the ends of the chords of a level in cells, and their fields.

    Returns
    -------
    (ndarray, shape (n, 2, 4), ndarray of int, shape (n,))
        Of the edge that each end lies on: both nodes, and the values there.
    """
    above = heights >= level
    cut = np.isfinite(heights).all(axis=1) & above.any(axis=1) & ~above.all(axis=1)
    nodes, z, above, field = nodes[cut], heights[cut], above[cut], field[cut]
    after, z_after = np.roll(nodes, -1, axis=1), np.roll(z, -1, axis=1)
    # from the lower number to the higher: of one edge one place, whichever cell it is of
    turned = nodes > after
    edges = np.stack(
        [
            np.where(turned, after, nodes),
            np.where(turned, nodes, after),
            np.where(turned, z_after, z),
            np.where(turned, z, z_after),
        ],
        axis=-1,
    )
    crossed = above != np.roll(above, -1, axis=1)
    # where all four are crossed, the two corners like the middle are on one side
    ridge = crossed.all(axis=1) & ((z.mean(axis=1) >= level) != above[:, 0])
    edges[ridge] = np.roll(edges[ridge], 1, axis=1)
    return edges[crossed].reshape(-1, 2, 4), np.repeat(field, crossed.sum(axis=1) // 2)


def _jumped(
    on_outline: int,
    nodes: NDArray[np.int64],
    heights: NDArray[np.float64],
    field: NDArray[np.int64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the parts of outlines on whose two sides values lie above and below a level.

    As of `_crossed`; a part that begins or ends at a vertex has that twice as its edge.

    Parameters
    ----------
    on_outline : int
        The first of the nodes that lie on outlines.
    """
    after, z_after = np.roll(nodes, -1, axis=1), np.roll(heights, -1, axis=1)
    outer = (nodes >= on_outline) & (after >= on_outline) & np.isfinite(heights + z_after)
    triangle = np.nonzero(outer)[0]
    a, b, za, zb = nodes[outer], after[outer], heights[outer], z_after[outer]
    turned = a > b
    sides = np.column_stack([np.where(turned, (b, a, zb, za), (a, b, za, zb))[k] for k in range(4)])
    order = np.lexsort(sides[:, 1::-1].T)
    sides, own = sides[order], field[triangle[order]]
    pair = np.flatnonzero((sides[1:, :2] == sides[:-1, :2]).all(axis=1) & (own[1:] != own[:-1]))
    found, fields = [], []
    for i in pair[(sides[pair, 2:] != sides[pair + 1, 2:]).any(axis=1)]:
        first, last = sides[i, 0], sides[i, 1]
        above = sides[i : i + 2, 2:] >= level  # of both fields at both ends
        off = sides[i : i + 2, 2:] - level
        share = [o[0] / (o[0] - o[1]) if o[0] != o[1] else 0.0 for o in off]
        crossed = sorted((float(share[k]), k) for k in (0, 1) if above[k, 0] != above[k, 1])
        points = [sides[i + k] for _, k in crossed]
        if above[0, 0] != above[1, 0]:
            points.insert(0, np.array([first, first, level, level]))
        if above[0, 1] != above[1, 1]:
            points.append(np.array([last, last, level, level]))
        for start, stop in zip(points[::2], points[1::2], strict=True):
            found.append(np.stack([start, stop]))
            fields.append(own[i])
    return np.reshape(found, (-1, 2, 4)), np.array(fields, np.int64)


def _around(nx: int) -> NDArray[np.int64]:
    """Return the corners of a square of the grid, one after the other, as steps from the first."""
    return np.array([0, 1, nx + 1, nx])


def _agreed(
    corner: NDArray[np.int64],
    kind: NDArray[np.int64],
    guess: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return one value for all fields around a vertex whose guesses differ by less than they vary.

    Parameters
    ----------
    corner, kind : ndarray of int, shape (n,)
        The vertex, and the kind of the field.
    guess, spread : ndarray, shape (n,)
        Its value, NaN if it is not known, and how much it varies within a cell.
    """
    result = np.full(len(guess), np.nan)
    known = np.flatnonzero(np.isfinite(guess))
    known = known[np.lexsort((guess[known], corner[known]))]
    if len(known):
        at, height = corner[known], guess[known]
        widest = np.zeros(int(corner.max()) + 1)
        np.maximum.at(widest, at, spread[known])
        apart = np.diff(height) > widest[at[1:]] + 1e-12 * np.abs(height[1:])
        group = np.concatenate([[0], np.cumsum(apart | (np.diff(at) != 0))])
        mean = np.bincount(group, height) / np.bincount(group)
        result[known] = mean[group]
        key = corner * (int(kind.max()) + 1) + kind
        order = known[np.argsort(key[known], kind="stable")]
        found = np.minimum(np.searchsorted(key[order], key), len(order) - 1)
        same = key[order][found] == key
        result = np.where(np.isnan(result) & same, result[order][found], result)
    return result


def _window(wanted: NDArray[np.bool_]) -> slice:
    """Return the places that are wanted and two more at either side."""
    at = np.flatnonzero(wanted)
    return slice(max(int(at[0]) - 2, 0), min(int(at[-1]) + 3, len(wanted)))


def continued(values: NDArray[np.float64], *, level: bool) -> NDArray[np.float64]:
    """Return values with NaN replaced for two cells around what is known, by straight lines.

    A place takes the mean of what its rows and columns, continued, have there; where only one value is
    known, that, if it may be continued on a level.
    """
    result = values
    for _ in range(2):
        padded = np.pad(result, 2, constant_values=np.nan)
        guesses = []
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            one, two = (
                np.roll(padded, (k * down, k * right), axis=(0, 1))[2:-2, 2:-2] for k in (1, 2)
            )
            slope = one - two
            guesses.append(one + (np.where(np.isfinite(slope), slope, 0.0) if level else slope))
        known = np.isfinite(guesses)
        total = np.where(known, guesses, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        result = np.where(np.isfinite(result), result, mean)
    return result
