"""From models as matrices to the flat arrays of a `System`, reduced to what a bulk can be made of.

A bulk on a facet of the cone of all that the phases can make, by having none of a component or by
having all that others can take up, is made only of what lies on that facet: each phase is restricted
to the face of its polytope there, expressed in compositions of that face.
"""

from typing import NamedTuple

import numpy as np

from .excess import excess_bounds, excess_features, on_basis, quadratic_form
from .factors import as_energy
from .groups import total_of
from .lattice import no_lattice
from .layout import (
    Booleans,
    Bounds,
    Endmembers,
    Floats,
    Ints,
    Opened,
    Phases,
    Seeds,
    System,
)
from .mixing import Mixing, mixing_bounds, mixing_feature
from .polytope import face_basis, in_order, on_face, vertices
from .reference import makes_of
from .seeds import clusters, cover, far_above


class PhaseModel(NamedTuple):
    """One phase as matrices over its n end-members, s site species, c components, m standards."""

    composition: Floats
    """(n, c)"""
    atoms: Floats
    """(n)"""
    multiplicity: Floats
    """(s)"""
    occupancy: Floats
    """(s, n)"""
    size: Floats
    """(n)"""
    log_constant: Floats
    """(n)"""
    interaction: Floats
    """(n, n, 3) a, b, c of W_ij, symmetric with zero diagonal."""
    make: Floats
    """(n, m) coefficients of the data-set end-members."""
    energy: Floats
    """(n, 3) a, b, c added to the standard energy."""


class Saturations(NamedTuple):
    """Compositions of phases that hold nothing but open components, L of them; see `Opened`."""

    phase: Ints
    """(L) position of the phase among the models."""
    amount: Floats
    """(L, O)"""
    make: Floats
    """(L, m)"""
    energy: Floats
    """(L, 3) a, b, c, what mixing adds included."""


class GivenPotentials(NamedTuple):
    """Potentials that are given instead of amounts, O of them; see `Opened`."""

    components: Ints
    """(O) which of the components."""
    make: Floats
    """(O, m)"""
    energy: Floats
    """(O, 3) a, b, c."""
    saturations: Saturations


def nothing_given(standards: int) -> GivenPotentials:
    """No potential given, with so many data-set end-members."""
    none, make, energy = np.zeros(0, np.int64), np.zeros((0, standards)), np.zeros((0, 3))
    return GivenPotentials(none, make, energy, Saturations(none, np.zeros((0, 0)), make, energy))


class ReducedPhase(NamedTuple):
    """A phase on the face that a bulk leaves it."""

    place: int
    """Position of the phase among the models."""
    basis: Floats
    """(new, old) new end-members as proportions of the old: p_old = p_new @ basis."""
    model: PhaseModel
    quadratic: Floats
    """(new, new, 3) Q, no longer with a zero diagonal in general."""
    corners: Floats
    """(N, new) vertices of its polytope."""

    def to_whole(self, proportions: Floats) -> Floats:
        """Return proportions of the model's end-members of those on the face, (..., new or more)."""
        return np.asarray(proportions[..., : len(self.basis)] @ self.basis)

    def to_reduced(self, proportions: Floats) -> Floats:
        """Return proportions on the face of those of the model's end-members, (..., old or more)."""
        old = proportions[..., : self.basis.shape[1]]
        return np.asarray(np.linalg.lstsq(self.basis.T, old.T, rcond=None)[0].T)


def _reduce(
    index: int, model: PhaseModel, kept: Booleans, normals: Floats, gas_constant: float
) -> ReducedPhase | None:
    """Restrict a phase to a face; None where it has nothing there."""
    corners = vertices(model.occupancy)
    basis = face_basis(corners, model.composition, normals)
    if not len(basis):
        return None
    corners = corners[on_face(corners @ model.composition, normals)]
    occupancy = model.occupancy @ basis.T
    present = np.abs(occupancy).max(axis=1) > 1e-12 if len(occupancy) else np.zeros(0, bool)
    reduced = PhaseModel(
        composition=basis @ model.composition[:, kept],
        atoms=basis @ model.atoms,
        multiplicity=model.multiplicity[present],
        occupancy=occupancy[present],
        size=basis @ model.size,
        log_constant=basis @ model.log_constant,
        interaction=np.zeros(0),
        make=basis @ model.make,
        energy=basis @ model.energy,
    )
    w = on_basis(quadratic_form(model.size, model.interaction), basis)
    inside = np.asarray(np.linalg.lstsq(basis.T, corners.T, rcond=None)[0].T, np.float64)
    found = ReducedPhase(index, basis, reduced, w, in_order(inside))
    return found if len(basis) > 1 else _as_pure(found, gas_constant)


def _as_pure(r: ReducedPhase, gas_constant: float) -> ReducedPhase:
    """Make a phase of one composition pure: its energy of mixing is part of its standard energy.

    End-members may cancel in it (CaAl2SiO6 is such an opx), so that it need not be zero.
    """
    of_mixing = as_energy(features(r, np.ones((1, 1)))[0], gas_constant)
    model = r.model._replace(
        multiplicity=np.zeros(0),
        occupancy=np.zeros((0, 1)),
        size=np.ones(1),
        log_constant=np.zeros(1),
        energy=r.model.energy + of_mixing,
    )
    return r._replace(model=model, quadratic=np.zeros((1, 1, 3)))


def _phases(reduced: list[ReducedPhase], n_components: int) -> Phases:
    """Pad the phases to a common size."""
    k = len(reduced)
    n = max(len(r.model.size) for r in reduced)
    s = max(1, *(len(r.model.multiplicity) for r in reduced))
    out = Phases(
        n_endmembers=np.array([len(r.model.size) for r in reduced], np.int64),
        n_species=np.array([len(r.model.multiplicity) for r in reduced], np.int64),
        composition=np.zeros((k, n, n_components)),
        contents=np.zeros((k, n_components, n)),
        multiplicity=np.zeros((k, s)),
        total=np.full((k, s), -1),
        occupancy=np.zeros((k, s, n)),
        occupied_count=np.zeros((k, s), np.int64),
        occupied=np.zeros((k, s, n), np.int64),
        entropy_weight=np.zeros((k, n, s)),
        size=np.ones((k, n)),
        log_constant=np.zeros((k, n)),
        interaction=np.zeros((k, n, n, 3)),
        atoms=np.zeros((k, n)),
    )
    for a, r in enumerate(reduced):
        m, i, j = r.model, len(r.model.size), len(r.model.multiplicity)
        out.composition[a, :i] = m.composition
        out.contents[a, :, :i] = m.composition.T
        out.size[a, :i] = m.size
        out.log_constant[a, :i] = m.log_constant
        out.interaction[a, :i, :i] = r.quadratic
        out.atoms[a, :i] = m.atoms
        if not j:
            continue
        occupancy = np.where(np.abs(m.occupancy) > 1e-14, m.occupancy, 0.0)
        out.multiplicity[a, :j] = m.multiplicity
        out.total[a, :j] = total_of(m.occupancy, m.multiplicity)
        out.occupancy[a, :j, :i] = occupancy
        out.entropy_weight[a, :i, :j] = (occupancy * m.multiplicity[:, None]).T
        for row in range(j):
            (where,) = np.nonzero(occupancy[row])
            out.occupied_count[a, row] = len(where)
            out.occupied[a, row, : len(where)] = where
    return out


def _opened(
    reduced: list[ReducedPhase], models: list[PhaseModel], given: GivenPotentials, n: int
) -> Opened:
    """What of the opened components each end-member holds."""
    amount = np.zeros((len(reduced), n, len(given.components)))
    for a, r in enumerate(reduced):
        amount[a, : len(r.basis)] = r.basis @ models[r.place].composition[:, given.components]
    alone = given.saturations
    tables = (given.make, given.energy, alone.amount, alone.make, alone.energy)
    return Opened(amount, *(np.ascontiguousarray(table) for table in tables))


def saturations(models: list[PhaseModel], components: Ints, gas_constant: float) -> Saturations:
    """Return what the phases can be made of by open components alone.

    Of a phase that mixes them, compositions that cover what it can be.

    Parameters
    ----------
    models : list of PhaseModel
        The phases.
    components : (O,) array of int
        Places of the open components.
    gas_constant : float
        kJ/(K mol).
    """
    n = models[0].composition.shape[1]
    is_open = np.isin(np.arange(n), components)
    phase, amount, make, energy = [np.zeros(0, np.int64)], [], [], []
    for i, model in enumerate(models):
        r = _reduce(i, model, is_open, np.eye(n)[~is_open], gas_constant)
        if r is None:
            continue
        points = general_cover(r, np.inf).proportions
        phase.append(np.full(len(points), i))
        amount.append(points @ r.basis @ model.composition[:, components])
        make.append(points @ r.model.make)
        of_mixing = as_energy(features(r, points), gas_constant)
        energy.append(points @ r.model.energy + of_mixing)
    shapes = (len(components), models[0].make.shape[1], 3)
    parts = [
        np.vstack([np.zeros((0, m)), *rows])
        for m, rows in zip(shapes, (amount, make, energy), strict=True)
    ]
    return Saturations(np.concatenate(phase), *parts)


def _mixing(model: PhaseModel) -> Mixing:
    """Return the configurational part of a model."""
    return Mixing(model.multiplicity, model.occupancy, model.log_constant)


def features(r: ReducedPhase, p: Floats) -> Floats:
    """Features of compositions p, one a row (m, F), of all terms but the reference; see `factors`."""
    s = mixing_feature(_mixing(r.model), p)
    return np.column_stack([s, excess_features(r.quadratic, r.model.size, p)])


class Cover(NamedTuple):
    """Compositions of one phase that are to be seeds, and when to descend from them."""

    proportions: Floats
    """(m, n)"""
    label: Ints
    """(m) their cluster, from 0."""
    margin: Floats
    """kJ/mol for each cluster; inf: whatever their price."""


def site_fractions(r: ReducedPhase, p: Floats) -> Floats:
    """Y = S p of compositions p, one a row; of a pure phase one column of zeros."""
    return p @ r.model.occupancy.T if len(r.model.occupancy) else np.zeros((len(p), 1))


def general_cover(r: ReducedPhase, margin: float, thin: int = 1) -> Cover:
    """Cover the whole polytope of a phase."""
    points = cover(r.corners, thin)
    label = clusters(site_fractions(r, points))
    return Cover(points, label, np.full(label.max() + 1, margin))


def seed_table(reduced: list[ReducedPhase], covers: list[list[Cover]], gap: Floats) -> Seeds:
    """Sort the compositions of every phase by cluster.

    Parameters
    ----------
    reduced : list of ReducedPhase
        The phases.
    covers : list of list of Cover
        For each phase its seeds; a cluster holds those of one cover only.
    gap : (K,) array
        kJ/mol, how far above a minimum the lowest seed of a phase may lie.
    """
    k, n_components = len(reduced), reduced[0].model.composition.shape[1]
    n = max(len(r.model.size) for r in reduced)
    species = max(1, *(len(r.model.multiplicity) for r in reduced))
    proportions, composition, parts_features, margin, sites, size = [], [], [], [], [], []
    start, cluster_start, cluster_phase, phase_cluster = [0], [0], [], [0]
    centre = np.zeros((k, n))
    for a, (r, parts) in enumerate(zip(reduced, covers, strict=True)):
        for points, label, part_margin in parts:
            order = np.argsort(label, kind="stable")
            points, label = points[order], label[order]
            padded = np.zeros((len(points), n))
            padded[:, : points.shape[1]] = points
            proportions.append(padded)
            composition.append(points @ r.model.composition)
            parts_features.append(features(r, points))
            y = np.zeros((len(points), species))
            y[:, : len(r.model.occupancy)] = points @ r.model.occupancy.T
            sites.append(y)
            size.append(points @ r.model.size)
            sizes = np.bincount(label)
            cluster_start += (cluster_start[-1] + np.cumsum(sizes)).tolist()
            cluster_phase += [a] * len(sizes)
            margin += part_margin.tolist()
        centre[a, : r.corners.shape[1]] = r.corners.mean(axis=0)
        phase_cluster.append(len(cluster_phase))
        start.append(cluster_start[-1])
    p = np.vstack(proportions)
    return Seeds(
        proportions=p,
        transposed=np.ascontiguousarray(p.T),
        composition=np.vstack(composition).reshape(len(p), n_components),
        features=np.ascontiguousarray(np.vstack(parts_features).T),
        sites=np.vstack(sites),
        size=np.concatenate(size),
        start=np.array(start, np.int64),
        cluster_start=np.array(cluster_start, np.int64),
        cluster_phase=np.array(cluster_phase, np.int64),
        phase_cluster=np.array(phase_cluster, np.int64),
        centre=centre,
        margin=np.array(margin),
        gap=gap,
    )


def _bounds(reduced: list[ReducedPhase], n: int) -> Bounds:
    """Vertices and what each term says of its extremes over each polytope."""
    ends, mixing, known, rows, start = [], [], [], [], [0]
    for r in reduced:
        corner = r.corners
        padded = np.zeros((len(corner), n))
        padded[:, : corner.shape[1]] = corner
        rows.append(padded)
        start.append(start[-1] + len(corner))
        of_mixing = mixing_bounds(_mixing(r.model), corner)
        of_excess = excess_bounds(r.quadratic, r.model.size, corner)
        ends.append(np.vstack([of_mixing.ends, of_excess]))
        known.append(of_mixing.mixing is not None)
        nothing = np.zeros((2, len(corner)))
        mixing.append(nothing if of_mixing.mixing is None else of_mixing.mixing)
    return Bounds(
        np.vstack(rows),
        np.array(start, np.int64),
        np.array(ends),
        np.hstack(mixing),
        np.array(known),
    )


def assemble(
    endmembers: Endmembers,
    models: list[PhaseModel],
    kept: Booleans,
    normals: Floats | None = None,
    given: GivenPotentials | None = None,
) -> tuple[System, list[ReducedPhase]]:
    """Build the system of what can be made on a face of the cone of all compositions.

    Parameters
    ----------
    endmembers : Endmembers
        Data-set end-members that the make reactions refer to.
    models : list of PhaseModel
        All phases of the database, over all its components.
    kept : (C,) array of bool
        Components that bulks are given in.
    normals : (F, C) array, optional
        Normals of the facets that meet in the face; by default the components neither kept nor
        opened are absent.
    given : GivenPotentials, optional
        Components that are opened: their potential is given, and they are neither kept nor absent.

    Returns
    -------
    (System, list of ReducedPhase)
        The system over the components kept, and for each of its phases the model it came from.

    Raises
    ------
    ValueError
        If no phase lies on the face.
    """
    given = nothing_given(len(endmembers.enthalpy)) if given is None else given
    if normals is None:
        absent = ~kept
        absent[given.components] = False
        normals = np.eye(len(kept))[absent]
    gas = endmembers.gas_constant
    parts = [_reduce(i, m, kept, normals, gas) for i, m in enumerate(models)]
    reduced = [r for r in parts if r is not None]
    if not reduced:
        raise ValueError("no phase consists of the components present")
    phases = _phases(reduced, int(kept.sum()))
    covers = [[general_cover(r, far_above(r.corners))] for r in reduced]
    cover = seed_table(reduced, covers, np.full(len(reduced), np.inf))
    system = System(
        endmembers=endmembers,
        lattice=no_lattice(endmembers),
        makes=makes_of([(r.model.make, r.model.energy) for r in reduced], phases.size.shape[1]),
        opened=_opened(reduced, models, given, phases.size.shape[1]),
        phases=phases,
        seeds=cover,
        cover=cover,
        bounds=_bounds(reduced, phases.size.shape[1]),
    )
    return system, reduced
