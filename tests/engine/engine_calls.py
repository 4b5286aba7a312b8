"""The engine's kernels, called with few words: a system, one phase at P and T, one point."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from dry import database

from gibbsite_engine.descent import descend
from gibbsite_engine.equilibrium import EXCESS, LOWEST, new_workspace
from gibbsite_engine.factors import RT
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.phase_work import MU, STIFFNESS, new_phase_work
from gibbsite_engine.results import new_results
from gibbsite_engine.solution import hessian, potentials, volume_entropy
from gibbsite_engine.standard import new_conditions, set_conditions
from gibbsite_engine.sweep import Assignment, sweep

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
DATABASES = ("T21-Su26", "T21", "W24", "G25")
SOLUTIONS = [
    (name, phase.name)
    for name in DATABASES
    for phase in database(name).phases
    if len(phase.endmembers) > 1
]
# T21-Su26 and G25 have all phases of the other two, some with other energies.
all_solutions = pytest.mark.parametrize(
    ("name", "phase"),
    [
        pytest.param(*each, marks=pytest.mark.slow if each[0] in ("T21", "W24") else ())
        for each in SOLUTIONS
    ],
)


@cache
def reduced(name, absent=()):
    """The arrays of a database for bulks without the components `absent`."""
    data = database(name)
    return data.reduced(np.array([c not in absent for c in data.components]))


def conditions_at(system, pressure, temperature):
    conditions = new_conditions(system)
    set_conditions(system, pressure, temperature, conditions)
    return conditions


class Phase:
    """Phase k of a system at P (kbar) and T (K), with arrays of its own size."""

    def __init__(self, system, k, pressure, temperature):
        self.phases, self.k = system.phases, k
        self.n = int(system.phases.n_endmembers[k])
        self.conditions = conditions_at(system, pressure, temperature)
        self.rt = self.conditions.factors[RT]
        self.composition = system.phases.composition[k, : self.n]
        self.occupancy = system.phases.occupancy[k, : system.phases.n_species[k], : self.n]
        self.work = new_phase_work(system.phases)

    def _padded(self, p):
        out = np.zeros(self.phases.size.shape[1])
        out[: self.n] = p
        return out

    def _potentials(self, p, base):
        g = potentials(self.phases, self.k, self.conditions, base, self._padded(p), self.work)
        return g, self.work.rows[MU, : self.n].copy()

    def potentials(self, p):
        """G and mu of proportions p."""
        return self._potentials(p, self.conditions.g0)

    def driving_forces(self, p, gamma):
        """D and mu - C'Gamma of proportions p."""
        return self._potentials(p, self.base(gamma))

    def base(self, gamma):
        base = self.conditions.g0.copy()
        base[self.k, : self.n] -= self.composition @ gamma
        return base

    def hessian(self, p, weight=1.0):
        """H + kappa RT 1 1', both triangles; `weight` scales its excess part."""
        self._potentials(p, self.conditions.g0)
        self.work.sites[STIFFNESS] = 1.0
        hessian(self.phases, self.k, self.conditions, weight, self.work, self.work.h)
        lower = np.tril(self.work.h[: self.n, : self.n])
        return lower + np.tril(lower, -1).T

    @property
    def kappa(self):
        """sum_s m_s S_si, the number of sites; the same for every end-member."""
        sites = self.phases.entropy_weight[self.k, : self.n].sum(axis=1)
        np.testing.assert_allclose(sites, sites[0], rtol=0, atol=1e-12)
        return sites[0]

    def volume_entropy(self, p):
        y = np.ones(self.phases.multiplicity.shape[1])
        return volume_entropy(self.phases, self.k, self.conditions, self._padded(p), y)

    def descend(self, p, gamma, max_steps=60, hopeless=np.inf):
        """D, composition, steps and whether stationary, from proportions p."""
        end = self._padded(p)
        d, steps, stationary = descend(
            self.phases, self.k, self.conditions, self.base(gamma), max_steps, hopeless, end,
            self.work,
        )  # fmt: skip
        return d, end[: self.n], steps, stationary


class Answer(NamedTuple):
    """What a cold solution found; phases of no amount to speak of are left out."""

    status: int
    phases: list
    """Index of each instance among the phases of the system."""
    amounts: np.ndarray
    proportions: list
    gamma: np.ndarray
    energy: float
    lowest: float
    excess: int


@cache
def workspace(name, absent):
    return new_workspace(reduced(name, absent).system)


def solve_system(system, bulk, pressure, temperature, *, work=None, options=None):
    """The stable assemblage of a system, found with no neighbour."""
    work = new_workspace(system) if work is None else work
    out = new_results(system, 1)
    points = Points(np.array([pressure]), np.array([temperature]), np.array([bulk]))
    sweep(system, options or Options(), points, Assignment(np.array([0])), work, out)
    status = int(out.status[0])
    kept = [j for j in range(work.state.number[0]) if work.state.amount[j] > 1e-7]
    phases = [int(work.state.phase[j]) for j in kept]
    sizes = [system.phases.n_endmembers[k] for k in phases]
    return Answer(
        status,
        phases,
        work.state.amount[kept],
        [work.state.proportions[j, :n].copy() for j, n in zip(kept, sizes, strict=True)],
        work.state.gamma.copy(),
        float(work.state.gamma @ bulk),
        float(work.certificate[LOWEST]),
        int(work.certificate[EXCESS]),
    )


class Point(NamedTuple):
    """A point, the reduced database it was solved with, and its answer."""

    name: str
    absent: tuple
    bulk: np.ndarray
    """Of the components present."""
    pressure: float
    temperature: float
    answer: Answer
    expected: dict

    @property
    def system(self):
        return reduced(self.name, self.absent).system

    def models(self):
        """For each instance: its model, over all components, and proportions in that model."""
        data, parts = database(self.name), reduced(self.name, self.absent).phases
        for k, p in zip(self.answer.phases, self.answer.proportions, strict=True):
            yield data.phases[parts[k].place], p @ parts[k].basis

    def phase_names(self):
        return [phase.name for phase, _ in self.models()]


def solve_point(name, oxides, pressure, temperature, expected=None):
    """The stable assemblage of moles of oxides (normalised here); kbar and K."""
    components = database(name).components
    moles = np.array([oxides.get(c, 0.0) for c in components])
    absent = tuple(c for c, n in zip(components, moles, strict=True) if n == 0.0)
    bulk = moles[moles > 0] / moles.sum()
    answer = solve_system(
        reduced(name, absent).system, bulk, pressure, temperature, work=workspace(name, absent)
    )
    return Point(name, absent, bulk, pressure, temperature, answer, expected or {})


@cache
def reference_points(name):
    return json.loads((REFERENCE / f"equilibria_{name}.json").read_text())["points"]


@cache
def solve_reference(name, index):
    point = reference_points(name)[index]
    temperature = point["temperature_C"] + 273.15
    return solve_point(name, point["bulk_mol"], point["pressure_kbar"], temperature, point)


@cache
def reference_solutions(name):
    with np.load(REFERENCE / f"solution_{name}_dry.npz") as file:
        return dict(file)


def phase_index(name, phase):
    return database(name).phase_names.index(phase)
