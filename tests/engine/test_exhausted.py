"""The factor of a Hessian in which an exhausted species would drown all else in rounding."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from engine_calls import conditions_at

import gibbsite as gb
from gibbsite_engine.dense import cholesky
from gibbsite_engine.exhausted import DROWNS, factor_on_faces, shares_exhausted
from gibbsite_engine.factors import RT
from gibbsite_engine.mixing import LEAST_SITE_FRACTION
from gibbsite_engine.phase_work import STIFFNESS, Y, new_phase_work
from gibbsite_engine.polytope import vertices
from gibbsite_engine.solution import hessian, potentials

PRESSURE, TEMPERATURE = 5.0, 1800.0  # hot: on every face the phases are stable
PHASES = ("amp", "bi", "g", "opx")


@cache
def system(name="G16"):
    data = gb.database(name)
    reduced = data.reduced(np.ones(len(data.components), bool))
    return reduced.system, [data.phase_names[part.place] for part in reduced.phases]


def exact_factor(h):
    """Cholesky factor of a matrix of fractions, no digit lost but in the last roots."""
    n = len(h)
    rows, factor = [list(row) for row in h], np.zeros((n, n))
    for j in range(n):
        pivot = rows[j][j]
        assert pivot > 0
        for i in range(j, n):
            factor[i, j] = float(rows[i][j] / pivot) * float(pivot) ** 0.5
        for i in range(j + 1, n):
            for c in range(j + 1, n):
                rows[i][c] -= rows[i][j] * rows[j][c] / pivot
    return factor


class OnFace:
    """A phase at a composition with none of a species that several of its end-members share."""

    def __init__(self, name, seed):
        system_, names = system()
        self.phases, self.k = system_.phases, names.index(name)
        self.n = int(self.phases.n_endmembers[self.k])
        self.conditions = conditions_at(system_, PRESSURE, TEMPERATURE)
        self.work = new_phase_work(self.phases)
        species = int(self.phases.n_species[self.k])
        occupancy = self.phases.occupancy[self.k, :species, : self.n]
        rng = np.random.default_rng(seed)
        corners = vertices(occupancy)
        sites = corners @ occupancy.T
        shared = (self.phases.occupied_count[self.k, :species] > 1) & (sites < 1e-9).any(axis=0)
        corners = corners[sites[:, rng.choice(np.flatnonzero(shared))] < 1e-9]
        p = np.zeros(self.phases.size.shape[1])
        p[: self.n] = rng.dirichlet(np.ones(len(corners))) @ corners
        potentials(self.phases, self.k, self.conditions, self.conditions.g0, p, self.work)

    def factor(self, stiffness):
        out = np.zeros_like(self.work.h)
        arguments = (self.phases, self.k, self.conditions, 1.0, stiffness, self.work, out)
        return factor_on_faces(*arguments), np.tril(out[: self.n, : self.n])

    def hessian(self, stiffness):
        self.work.sites[STIFFNESS] = stiffness
        out = np.zeros_like(self.work.h)
        hessian(self.phases, self.k, self.conditions, 1.0, self.work, out)
        lower = np.tril(out[: self.n, : self.n])
        return lower + np.tril(lower, -1).T

    def exact(self, stiffness):
        """The Hessian in fractions: in doubles what is not exhausted, the rest added exactly."""
        k, y = self.k, self.work.sites[Y]
        exhausted = (y < DROWNS) & (self.phases.multiplicity[k] != 0.0)
        h = [
            [Fraction(v) for v in row] for row in self.hessian(np.where(exhausted, 0.0, stiffness))
        ]
        for s in np.flatnonzero(exhausted[: self.phases.n_species[k]]):
            curvature = Fraction(self.conditions.factors[RT]) * Fraction(stiffness[s])
            curvature *= Fraction(self.phases.multiplicity[k, s]) / Fraction(y[s])
            row = [Fraction(v) for v in self.phases.occupancy[k, s, : self.n]]
            for i in range(self.n):
                for j in range(self.n):
                    h[i][j] += curvature * row[i] * row[j]
        return exact_factor(h)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", PHASES)
def test_the_factor_has_all_its_digits_on_a_face(name, seed):
    """It is the factor of the exact matrix, which is RT/1e-16 in some places and RT in others."""
    phase = OnFace(name, seed)
    assert shares_exhausted(phase.phases, phase.k, phase.work)
    assert phase.work.sites[Y].min() < 10 * LEAST_SITE_FRACTION
    rng = np.random.default_rng(seed)
    stiffness = np.exp(rng.uniform(0, 3, phase.work.sites[STIFFNESS].size))
    try:
        expected = phase.exact(stiffness)
    except AssertionError:  # inside a spinodal
        assert not phase.factor(stiffness)[0]
        return
    done, factor = phase.factor(stiffness)
    assert done
    np.testing.assert_allclose(factor, expected, rtol=1e-11, atol=1e-11)


def test_doubles_alone_lose_it():
    """What the factor is for: as it stands in doubles the matrix is no longer positive definite."""
    lost = 0
    for name in PHASES:
        for seed in range(4):
            phase = OnFace(name, seed)
            ones = np.ones_like(phase.work.sites[STIFFNESS])
            matrix = phase.hessian(ones)
            lost += phase.factor(ones)[0] and not cholesky(matrix, phase.n, 1e-14)
    assert lost >= 4


@pytest.mark.parametrize("lost", [(), (0.0,), (0.0, 0.0), (3e-17, 0.0), (7e-17, -3e-17)])
def test_a_total_holds_no_less_than_its_exhausted_species(lost):
    """Mixing within a total, m y ln(y/Y), is convex also where rounding has exhausted all that it holds."""
    system_, names = system()
    phases, k = system_.phases, names.index("liq")
    n, species = int(phases.n_endmembers[k]), int(phases.n_species[k])
    totals = np.flatnonzero(phases.total[k, :species] == np.arange(species))
    work = new_phase_work(phases)
    conditions = conditions_at(system_, PRESSURE, TEMPERATURE)
    for t in totals:
        p = system_.seeds.centre[k].copy()
        carriers = np.flatnonzero(phases.occupancy[k, t, :n])
        p[carriers[: len(lost)]] = lost
        p[:n] /= p[:n].sum()
        potentials(phases, k, conditions, conditions.g0, p, work)
        y = work.sites[Y, :species]
        own = (phases.total[k, :species] == t) & (np.arange(species) != t)
        assert y[t] >= y[own].sum() * (1.0 - 1e-15)
        work.sites[STIFFNESS, :] = 1.0
        h = np.zeros((n, n))
        hessian(phases, k, conditions, 0.0, work, h)
        h = np.tril(h) + np.tril(h, -1).T
        scale = np.sqrt(np.diag(h))
        assert np.linalg.eigvalsh(h / np.outer(scale, scale)).min() > -1e-12
