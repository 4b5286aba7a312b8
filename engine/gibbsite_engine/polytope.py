"""Convex cones and polytopes by double description: vertices of a phase, facets of what can be made.

The compositions of a phase are {p: S p >= 0, sum p = 1}. The bulks that phases can make are the cone
of their vertices' compositions. Both are a cone's extreme rays from its inequalities, the second in
the dual space. A component that is absent, or one that a bulk holds all that it can of, leaves a face
of this cone, and of each phase the face that lies in it.

Motzkin et al. (1953), Ann. Math. Stud. 28, 51-73; Fukuda & Prodon (1996), LNCS 1120, 91-111.
"""

import numpy as np

from .layout import Booleans, Floats

_TOLERANCE = 1e-10


def _distinct_rows(rows: Floats) -> Floats:
    """Rows up to a positive factor, each once, sorted; those of zeros left out."""
    scale = np.abs(rows).max(axis=1)
    rows = rows[scale > 0] / scale[scale > 0, None]
    return rows[np.unique(np.round(rows, 9), axis=0, return_index=True)[1]]


def _independent(rows: Floats) -> list[int]:
    """Indices of the first rows that span all of them, by elimination."""
    left, chosen = rows.copy(), list[int]()
    for i in range(len(rows)):
        pivot = int(np.abs(left[i]).argmax())
        if abs(left[i, pivot]) > 1e-8:
            chosen.append(i)
            left -= np.outer(left[:, pivot] / left[i, pivot], left[i])
    return chosen


def _cut(rays: Floats, heights: Floats, tight: Booleans) -> Floats:
    """Rays of a cone cut by one more inequality.

    Parameters
    ----------
    rays : (R, n) array
        Extreme rays before.
    heights : (R,) array
        How far each is inside the new inequality.
    tight : (R, m) array of bool
        Which of the inequalities before hold as equations.
    """
    above, below = np.flatnonzero(heights > 0), np.flatnonzero(heights < 0)
    first, second = (pair.ravel() for pair in np.meshgrid(above, below, indexing="ij"))
    common = tight[first] & tight[second]
    enough = common.sum(axis=1) >= rays.shape[1] - 2
    first, second, common = first[enough], second[enough], common[enough]
    # two rays are neighbours where no third holds all equations that they share
    shared = common.astype(float)
    holders = (shared @ tight.T.astype(float) > shared.sum(axis=1, keepdims=True) - 0.5).sum(axis=1)
    first, second = first[holders == 2], second[holders == 2]
    born = heights[first, None] * rays[second] - heights[second, None] * rays[first]
    cut = np.vstack([rays[heights >= 0], born])
    return np.asarray(cut / np.abs(cut).max(axis=1, keepdims=True))


def extreme_rays(inequalities: Floats) -> Floats:
    """Extreme rays of the cone {x: A x >= 0}.

    Parameters
    ----------
    inequalities : (m, n) array
        A, of rank n.

    Returns
    -------
    (R, n) array
        One ray a row, its largest entry +-1.
    """
    rows = _distinct_rows(inequalities)
    start = _independent(rows)
    rays: Floats = np.ascontiguousarray(np.linalg.inv(rows[start]).T, np.float64)
    rays /= np.abs(rays).max(axis=1, keepdims=True)
    done = list(start)
    while True:
        heights = rays @ rows.T
        heights[np.abs(heights) < _TOLERANCE] = 0.0
        # the inequality that cuts deepest first: most of the others never cut at all
        i = int(heights.min(axis=0).argmin())
        if heights[:, i].min() >= 0.0:
            break
        rays = _cut(rays, heights[:, i], np.abs(rays @ rows[done].T) < _TOLERANCE)
        done.append(i)
    return rays


def vertices(occupancy: Floats) -> Floats:
    """Vertices of {p: S p >= 0, sum p = 1}.

    Parameters
    ----------
    occupancy : (S, I) array
        Site occupancies of the end-members; none of a pure phase.

    Returns
    -------
    (N, I) array
        One vertex a row, in a fixed order.
    """
    n = occupancy.shape[1]
    if n == 1:
        return np.ones((1, 1))
    corners = extreme_rays(np.vstack([occupancy, np.ones(n)]))
    return in_order(corners / corners.sum(axis=1, keepdims=True))


def in_order(corners: Floats) -> Floats:
    """Sort vertices, zeros being exact."""
    corners = np.where(np.abs(corners) < _TOLERANCE, 0.0, corners)
    return np.ascontiguousarray(corners[np.lexsort(np.round(corners, 9).T[::-1])])


def facets(generators: Floats) -> Floats:
    """Inner normals of the facets of the cone of the generators, {b: N b >= 0}.

    Parameters
    ----------
    generators : (m, C) array
        Compositions, one a row.

    Returns
    -------
    (F, C) array
        One normal a row, its largest entry +-1. Where the generators span less than all of the
        space, what vanishes on them is here with either sign.
    """
    square = np.vstack([generators, np.zeros((generators.shape[1],) * 2)])  # at least as many rows
    _, size, axes = np.linalg.svd(square, full_matrices=False)
    rank = int((size > 1e-8 * size[0]).sum())
    inside, outside = axes[:rank], axes[rank:]
    normals = np.vstack([extreme_rays(generators @ inside.T) @ inside, outside, -outside])
    normals[np.abs(normals) < _TOLERANCE] = 0.0
    return np.asarray(normals / np.abs(normals).max(axis=1, keepdims=True))


def coordinates(generators: Floats) -> tuple[Booleans, Floats]:
    """Components whose amounts tell all others, for what the generators make.

    Parameters
    ----------
    generators : (m, C) array
        Compositions, one a row.

    Returns
    -------
    (C,) array of bool
        The first independent ones, D of them.
    (D, C) array
        All components per mol of each of these.
    """
    chosen = _independent(generators.T)
    lift = np.asarray(np.linalg.lstsq(generators[:, chosen], generators, rcond=None)[0], np.float64)
    lift[np.abs(lift) < _TOLERANCE] = 0.0
    lift[:, chosen] = np.eye(len(chosen))
    kept = np.zeros(generators.shape[1], bool)
    kept[chosen] = True
    return kept, lift


def on_face(compositions: Floats, normals: Floats) -> Booleans:
    """Which compositions (m, C) lie on all of the facets with these normals (F, C); (m,)."""
    return np.asarray((np.abs(compositions @ normals.T) < _TOLERANCE).all(axis=1))


def face_basis(corners: Floats, composition: Floats, normals: Floats) -> Floats:
    """Independent compositions that span the face of a phase which lies in a face of the cone.

    Parameters
    ----------
    corners : (N, I) array
        Vertices of the phase.
    composition : (I, C) array
        mol of component per mol of end-member.
    normals : (F, C) array
        What vanishes on the face: unit vectors of absent components, and normals of facets.

    Returns
    -------
    (M, I) array
        The new end-members as proportions of the old ones: an old end-member wherever it lies on
        the face, else a vertex (a mixture in which what must vanish cancels). M = 0 where the
        phase has nothing there.
    """
    corners = corners[on_face(corners @ composition, normals)]
    rank = int(np.linalg.matrix_rank(corners, tol=1e-8)) if len(corners) else 0
    plain = np.eye(len(composition))[on_face(composition, normals)]
    rows = np.vstack([plain, corners])
    return rows[_independent(rows)[:rank]]
