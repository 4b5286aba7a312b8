"""The polytope of a phase's compositions, {p: S p >= 0, sum p = 1}: vertices, and faces of it."""

from itertools import combinations

import numpy as np

from .layout import Booleans, Floats

_TOLERANCE = 1e-10


def _distinct_rows(occupancy: Floats) -> Floats:
    """Rows of S up to a positive factor, each once."""
    rows: list[Floats] = []
    for row in occupancy:
        scale = np.abs(row).max()
        if scale > 0 and not any(np.allclose(row / scale, r, atol=1e-12) for r in rows):
            rows.append(row / scale)
    return np.array(rows).reshape(len(rows), occupancy.shape[1])


def vertices(occupancy: Floats) -> Floats:
    """Vertices of {p: S p >= 0, sum p = 1}.

    Parameters
    ----------
    occupancy : (S, I) array
        Site occupancies of the end-members.

    Returns
    -------
    (N, I) array
        One vertex a row, in a fixed order.

    Notes
    -----
    Every choice of I - 1 inequalities taken as equations is solved; what is feasible is a vertex.
    The largest phase here needs 800 systems of 8 x 8, so nothing cleverer is called for.
    """
    n = occupancy.shape[1]
    if n == 1:
        return np.ones((1, 1))
    rows = _distinct_rows(occupancy)
    chosen = np.array(list(combinations(range(len(rows)), n - 1)))
    systems = np.ones((len(chosen), n, n))
    systems[:, 1:, :] = rows[chosen]
    regular = np.abs(np.linalg.det(systems)) > 1e-9
    right = np.zeros((int(regular.sum()), n, 1))
    right[:, 0] = 1.0
    points = np.linalg.solve(systems[regular], right)[:, :, 0]
    feasible = points[(points @ rows.T).min(axis=1) >= -_TOLERANCE]
    feasible[np.abs(feasible) < _TOLERANCE] = 0.0
    unique = np.unique(np.round(feasible, 9), axis=0)
    nearest = [np.abs(feasible - point).sum(axis=1).argmin() for point in unique]
    return np.ascontiguousarray(feasible[nearest])


def face_basis(composition: Floats, occupancy: Floats, absent: Booleans) -> Floats:
    """Independent compositions that span the face of a phase without the absent components.

    Parameters
    ----------
    composition : (I, C) array
        mol of component per mol of end-member.
    occupancy : (S, I) array
        Site occupancies.
    absent : (C,) array of bool
        Components that are exactly zero.

    Returns
    -------
    (M, I) array
        The new end-members as proportions of the old ones: an old end-member wherever it lies on
        the face, else a vertex (a mixture in which the absent component cancels). M = 0 where the
        phase cannot exist without the absent components.
    """
    corners = vertices(occupancy)
    corners = corners[(np.abs(corners @ composition[:, absent]) < _TOLERANCE).all(axis=1)]
    rank = int(np.linalg.matrix_rank(corners, tol=1e-8)) if len(corners) else 0
    plain = np.eye(len(composition))[~(np.abs(composition[:, absent]) > _TOLERANCE).any(axis=1)]
    basis: list[Floats] = []
    for row in [*plain, *corners]:
        if len(basis) == rank:
            break
        if np.linalg.matrix_rank(np.array([*basis, row]), tol=1e-8) > len(basis):
            basis.append(row)
    return np.array(basis).reshape(len(basis), len(composition))
