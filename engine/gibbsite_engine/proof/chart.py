"""One phase in coordinates in which its energy is an entropy plus one quadratic.

With z = p/(v.p) the driving force per unit of size is
    D(z) = gd.z + RT sum_s m_s y_s ln(y_s/Y_g(s)) + z'Qz/2,   gd = g0 + RT ln c - C'Gamma,
on the polytope {S z >= 0, v.z = 1}. A chart writes z = origin + basis x with as many x as the
polytope has dimensions. A species s belongs to a group g with the total Y_g: a site, or the
species of a melt that share a total. The groups follow from S and m and are checked, never named.
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import kernel
from gibbsite_engine.factors import RT, plain
from gibbsite_engine.groups import entropy_terms
from gibbsite_engine.layout import Conditions, Floats, Ints, Phases, System

_ON_FACE = 1e-10
MASK_WORDS = 2
MASK_BITS = 62


class Chart(NamedTuple):
    """The geometry of a phase: I end-members, d dimensions, S species, G groups, V vertices."""

    origin: Floats
    """(I) z at x = 0, the mean of the vertices."""
    basis: Floats
    """(I, d) dz/dx, orthonormal columns."""
    coordinates: Floats
    """(d, I) x = coordinates (z - origin)."""
    site: Floats
    """(S, d) dy/dx."""
    site_origin: Floats
    """(S) y at x = 0."""
    multiplicity: Floats
    """(S) m, positive."""
    group: Ints
    """(S) group of a species."""
    total: Floats
    """(G, d) dY/dx; Y is the sum of the group's y."""
    total_origin: Floats
    """(G) Y at x = 0."""
    corners: Floats
    """(V, d) vertices."""
    corner_sites: Floats
    """(V, S) y there."""
    corner_masks: Ints
    """(V, 2) bit s is set where y_s = 0."""
    size: Floats
    """(I) v in the unit below."""
    size_unit: float
    """The unit of v in v.z = 1, so that z is of order one; Q is divided by it."""
    size_range: Floats
    """(2) least and greatest v.p of compositions p with sum p = 1, in that unit."""
    least_oxides: float
    """Least mol of components in a mol of formula."""


class Energy(NamedTuple):
    """D(x) = constant + linear.x + x'Qx/2 + RT sum m y ln(y/Y), at one P, T and Gamma; kJ."""

    constant: float
    linear: Floats
    """(d)"""
    quadratic: Floats
    """(d, d)"""
    rt: float


def _masks(sites: Floats) -> Ints:
    masks = np.zeros((len(sites), MASK_WORDS), np.int64)
    for s in range(sites.shape[1]):
        bit = np.int64(1) << np.int64(s % MASK_BITS)
        masks[:, s // MASK_BITS] |= np.where(sites[:, s] == 0.0, bit, 0)
    return masks


def chart(system: System, k: int) -> Chart:
    """Build the chart of solution phase k.

    Parameters
    ----------
    system : System
        Reduced to the components present.
    k : int
        A phase of more than one end-member.

    Returns
    -------
    Chart

    Raises
    ------
    ValueError
        If its entropy is not a sum of convex groups, see `entropy_terms`, or another term has no
        bound.
    """
    phases, n = system.phases, int(system.phases.n_endmembers[k])
    species = int(phases.n_species[k])
    occupancy, m = phases.occupancy[k, :species, :n], phases.multiplicity[k, :species]
    size = phases.size[k, :n]
    unit = float(np.sqrt(size.min() * size.max()))
    size = size / unit
    first, last = system.bounds.vertex_start[k : k + 2]
    p = system.bounds.vertices[first:last, :n]
    sizes = p @ size
    z = p / sizes[:, None]
    terms = entropy_terms(occupancy, m)
    if not system.bounds.known[k]:
        raise ValueError("a term of its energy has no bound")
    rows, group = occupancy[terms.species], terms.group
    origin = z.mean(axis=0)
    basis = np.ascontiguousarray(np.linalg.svd(size[None, :])[2][1:].T)
    totals = np.array([rows[group == g].sum(axis=0) for g in range(group.max() + 1)])
    sites = z @ rows.T
    sites[np.abs(sites) < _ON_FACE] = 0.0
    return Chart(
        origin=origin,
        basis=basis,
        coordinates=np.ascontiguousarray(basis.T),
        site=np.ascontiguousarray(rows @ basis),
        site_origin=rows @ origin,
        multiplicity=terms.weight,
        group=group,
        total=np.where(np.abs(totals @ basis) < 1e-12, 0.0, totals @ basis),
        total_origin=totals @ origin,
        corners=np.ascontiguousarray((z - origin) @ basis),
        corner_sites=np.ascontiguousarray(sites),
        corner_masks=_masks(sites),
        size=size,
        size_unit=unit,
        size_range=np.array([sizes.min(), sizes.max()]),
        least_oxides=float((p @ phases.composition[k, :n]).sum(axis=1).min()),
    )


def energy(at: Chart, phases: Phases, k: int, conditions: Conditions, gamma: Floats) -> Energy:
    """Return the driving force of phase k in its chart, at the conditions and potentials.

    Parameters
    ----------
    at : Chart
        Of phase k.
    conditions : Conditions
        Standard and interaction energies at P and T.
    gamma : (C,) array
        Chemical potentials of the components, kJ/mol.
    """
    n = len(at.origin)
    base = conditions.g0[k, :n] - phases.composition[k, :n] @ gamma
    return energy_from(at, phases, k, base, conditions.factors)


def energy_from(at: Chart, phases: Phases, k: int, base: Floats, factors: Floats) -> Energy:
    """Return the same of (I,) base g0 - C'Gamma, kJ/mol, and (F,) factors."""
    d = at.basis.shape[1]
    linear, quadratic = np.zeros(d), np.zeros((d, d))
    constant = fill_energy(at, phases, k, base, factors, np.zeros(d), linear, quadratic)
    return Energy(float(constant), linear, quadratic, float(factors[RT]))


@kernel
def fill_energy(at: Chart, phases: Phases, k, base, factors, spare, linear, quadratic):
    """Fill the linear and quadratic part of the energy of phase k in its chart; return the constant.

    Parameters
    ----------
    base : (I) array
        g0 - C'Gamma, kJ/mol.
    factors : (F) array
        RT, 1, T, P, see `factors`.
    spare : (d) array
        Scratch.
    """
    n, d = at.basis.shape
    rt, constant = factors[RT], 0.0
    for a in range(d):
        linear[a] = 0.0
        for b in range(d):
            quadratic[a, b] = 0.0
    for i in range(n):
        slope = 0.0
        for b in range(d):
            spare[b] = 0.0
        for j in range(n):
            q = plain(phases.interaction[k, max(i, j), min(i, j)], factors) / at.size_unit
            slope += q * at.origin[j]
            for b in range(d):
                spare[b] += q * at.basis[j, b]
        g = base[i] + rt * phases.log_constant[k, i]
        constant += at.origin[i] * (g + 0.5 * slope)
        for a in range(d):
            linear[a] += at.basis[i, a] * (g + slope)
            for b in range(d):
                quadratic[a, b] += at.basis[i, a] * spare[b]
    return constant
