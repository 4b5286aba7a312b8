"""The same points through gibbsite, SciPy and cvxpy: time, energy above the best, mass, failures.

SciPy and cvxpy are given what they can be given: SLSQP and trust-constr the phases that are stable
and a start not far from the answer, with energy, slope and curvature compiled by the engine; the
linear programmes many compositions of all phases, their energies computed likewise.
"""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cvxpy as cp
import numpy as np
import problems
from loops import (
    assemblage_energy,
    column_energies,
    new_scratch,
    phase_curvature,
)
from scipy.optimize import LinearConstraint, linprog, minimize
from timing import Timed, timed
from verification.families import FAMILIES, cloud

import gibbsite as gb
from gibbsite_engine.factors import RT
from gibbsite_engine.polytope import vertices
from gibbsite_engine.standard import new_conditions, set_conditions

REFERENCE = Path(__file__).parents[1] / "tests/data/reference/equilibria_T21-Su26.json"
PER_FAMILY = 4
"""Points of each family: half of them reference points, half random."""
CONE_POINTS = 10
DENSEST = 100_000
COLUMNS = (1_000, 10_000, DENSEST)
DENSEST_FOR_CVXPY = 10_000
WARM_STEPS = 50
STEPS_AWAY = 30
"""SciPy starts that many random steps from the answer, each up to half way to the border."""
EVERY_DENSEST = 8
"""The densest grid takes minutes: of the points one in so many."""
FAMILY_OF_REFERENCE = {
    "high-Ti glass": "highTi_glass",
    "low-Ti mare basalt": "mare_lowTi",
    "high-Ti mare basalt": "mare_highTi",
    "Chang'e-5 basalt": "CE5_basalt",
    "ilmenite-bearing cumulate": "IBC",
    "KREEP basalt": "KREEP_basalt",
    "magma-ocean bulk": "LMO_bulk",
    "dry peridotite": "peridotite_dry",
    "dry MORB": "MORB_dry",
    "anorthosite": "anorthosite",
}


class Point(NamedTuple):
    """A point to solve."""

    label: str
    pressure: float
    """kbar"""
    temperature: float
    """K"""
    bulk: np.ndarray
    """(C,) moles per mole of oxides."""
    known: float
    """Energy that a reference gives, kJ per mole of oxides, or inf."""


class Outcome(NamedTuple):
    """What one solver made of one point."""

    solver: str
    point: str
    time: Timed
    energy: float
    """kJ per mole of oxides, what mass it lost or made valued at the true potentials."""
    mass: float
    """mol, largest error of the balance."""
    failed: bool
    """Whether the solver itself says so, or gave no number."""


class Model:
    """A database as arrays at one P and T."""

    def __init__(self, database):
        self.database = database
        self.reduced = problems.dry(database)
        self.models = [phase.model for phase in self.reduced.phases]
        self.numbers = {phase.place: k for k, phase in enumerate(self.reduced.phases)}
        self.system = self.reduced.system
        self.phases = self.system.phases
        self.conditions = new_conditions(self.system)
        self.scratch = new_scratch(self.phases)

    def set(self, point):
        set_conditions(self.system, point.pressure, point.temperature, self.conditions)


def choose_points(database):
    """Return reference points and random ones of every family."""
    known = json.loads(REFERENCE.read_text())["points"]
    points = []
    for family in FAMILIES:
        theirs = [p for p in known if p["family"] == FAMILY_OF_REFERENCE[family]]
        for p in theirs[:: len(theirs) // (PER_FAMILY // 2)][: PER_FAMILY // 2]:
            bulk = np.array([p["bulk_mol"].get(c, 0.0) for c in database.components])
            temperature = p["temperature_C"] + problems.ZERO_CELSIUS_K
            label = f"reference {p['id']}"
            points.append(
                Point(label, p["pressure_kbar"], temperature, bulk / bulk.sum(), p["gibbs_energy"])
            )
        drawn = cloud(family, PER_FAMILY - PER_FAMILY // 2, seed=3)
        for i, (p, t, bulk) in enumerate(zip(*drawn, strict=True)):
            label = f"{family} {i}"
            points.append(Point(label, p, t + problems.ZERO_CELSIUS_K, bulk, np.inf))
    return points


def solve_cold(database, point):
    """Return the variables of a point solved alone, and the time."""
    return timed(problems.solve_alone, database, point.pressure, point.temperature, point.bulk)


def solve_warm(database, point):
    """Return the same from a neighbour a degree away, the time being that of one such point."""

    def chain(n):
        t = point.temperature + (np.arange(n) % 2)[::-1]
        return problems.solve_path(
            database, np.full(n, point.pressure), t, np.tile(point.bulk, (n, 1))
        )

    _, first = timed(chain, 1)
    arrays, all_of_them = timed(chain, 2 * WARM_STEPS + 1)
    steps = 2 * WARM_STEPS
    time = Timed(*((a - b) / steps for a, b in zip(all_of_them, first, strict=True)))
    return {name: values[-1:] for name, values in arrays.items()}, time


def gibbsite_outcomes(database, point):
    """Gibbsite cold and warm, and the cold answer."""
    outcomes = []
    for solver, solve in (("gibbsite, cold", solve_cold), ("gibbsite, warm", solve_warm)):
        arrays, time = solve(database, point)
        failed, energy = bool(arrays["status"][0]), float(arrays["gibbs_energy"][0])
        mass = float(arrays["mass_residual"][0])
        outcomes.append(Outcome(solver, point.label, time, energy, mass, failed))
        if not outcomes[1:]:
            cold = arrays
    return outcomes, cold


class Assemblage:
    """The phases of an answer as a smooth problem: amounts of all their end-members, in a row."""

    def __init__(self, model, point, answer):
        ids, amounts = answer["phase_id"][0], answer["amount_mol"][0]
        present = np.flatnonzero((ids >= 0) & (amounts > problems.LEAST_AMOUNT))
        self.model, self.bulk = model, model.reduced.inside(point.bulk)
        self.ids = np.array([model.numbers[i] for i in ids[present]])
        self.gamma = answer["chemical_potential"][0, model.reduced.present]
        phases = model.phases
        self.sizes = phases.n_endmembers[self.ids]
        width = phases.size.shape[1]
        self.filled = np.arange(width) < self.sizes[:, None]
        self.amounts, self.slope = np.zeros((2, len(self.ids), width))
        # energies above the plane of the answer, so that they are small numbers
        self.base = model.conditions.g0 - phases.composition @ self.gamma
        self.composition = phases.composition[self.ids][self.filled].T
        self.sites = self._sites()
        whole = answer["proportions"][0][present]
        self.solution = np.concatenate(
            [
                amount * model.reduced.phases[k].to_reduced(p)
                for k, amount, p in zip(self.ids, amounts[present], whole, strict=True)
            ]
        )

    def _sites(self):
        """Matrix that makes moles of each site species of the amounts."""
        ends = np.cumsum(self.sizes)
        sites = []
        for k, n, end in zip(self.ids, self.sizes, ends, strict=True):
            occupancy = self.model.models[k].occupancy if n > 1 else np.ones((1, 1))
            rows = np.zeros((len(occupancy), ends[-1]))
            rows[:, end - n : end] = occupancy
            sites.append(rows)
        return np.vstack(sites)

    def energy(self, n):
        """G - Gamma.C n, kJ, and its slope."""
        self.amounts[self.filled] = n
        energy = assemblage_energy(
            self.model.phases, self.ids, self.model.conditions, self.base, self.amounts,
            self.model.scratch, self.slope,
        )  # fmt: skip
        return energy, self.slope[self.filled]

    def curvature(self, n):
        """Second derivatives of the energy, (m, m)."""
        self.amounts[self.filled] = n
        out, start, model = np.zeros((len(n), len(n))), 0, self.model
        for k, size, amounts in zip(self.ids, self.sizes, self.amounts, strict=True):
            added = phase_curvature(
                model.phases, k, model.conditions, self.base, amounts, model.scratch
            )
            lower = np.tril(model.scratch.phase.h[:size, :size])
            end = start + size
            out[start:end, start:end] = lower + np.tril(lower, -1).T - added
            start = end
        return out

    def start(self, seed):
        """Return amounts of the same mass, random steps away, all site fractions positive."""
        rng, n = np.random.default_rng(seed), self.solution
        null = np.linalg.svd(self.composition)[2][np.linalg.matrix_rank(self.composition) :]
        for direction in rng.normal(size=(STEPS_AWAY if len(null) else 0, len(null))) @ null:
            rate, y = self.sites @ direction, self.sites @ n
            n = n + 0.5 * rng.random() * np.min(y[rate < 0] / -rate[rate < 0]) * direction
        return n

    def outcome(self, solver, point, time, n, failed):
        """Value what a solver found; what left the domain is a failure."""
        energy, mass = np.inf, np.inf
        if np.isfinite(n).all() and (self.sites @ n).min() >= 0.0:
            energy = self.energy(n)[0] + float(self.gamma @ self.bulk)
            mass = float(abs(self.composition @ n - self.bulk).max())
        return Outcome(solver, point.label, time, energy, mass, failed or not np.isfinite(energy))


def slsqp(problem, start):
    """Return amounts, and whether SLSQP says that it failed."""
    found = minimize(
        problem.energy, start, jac=True, method="SLSQP",
        constraints=[
            {
                "type": "eq",
                "fun": lambda n: problem.composition @ n - problem.bulk,
                "jac": lambda n: problem.composition,
            },
            {
                "type": "ineq",
                "fun": lambda n: problem.sites @ n - 1e-13,
                "jac": lambda n: problem.sites,
            },
        ],
        options={"maxiter": 300, "ftol": 1e-12},
    )  # fmt: skip
    return found.x, not found.success


def trust_constr(problem, start):
    """Return amounts, and whether trust-constr says that it failed."""
    found = minimize(
        problem.energy, start, jac=True, hess=problem.curvature, method="trust-constr",
        constraints=[
            LinearConstraint(problem.composition, problem.bulk, problem.bulk),
            LinearConstraint(problem.sites, 0.0, np.inf, keep_feasible=True),
        ],
        options={"maxiter": 300, "gtol": 1e-8, "xtol": 1e-12, "initial_tr_radius": 0.01},
    )  # fmt: skip
    return found.x, found.status not in (1, 2)


class Grid:
    """About `size` compositions, spread over the solution phases, and the pure phases."""

    def __init__(self, model, size):
        solutions = [k for k, m in enumerate(model.models) if len(m.size) > 1]
        rng, width = np.random.default_rng(10), model.phases.size.shape[1]
        self.size, self.model = size, model
        self.proportions, columns = [], []
        for phase in model.models:
            n = len(phase.size)
            p = np.zeros((size // len(solutions) if n > 1 else 1, width))
            if n > 1:
                corners = vertices(phase.occupancy)
                weights = rng.gamma(0.25, size=(len(p), len(corners))) + 1e-9
                p[:, :n] = weights / weights.sum(axis=1, keepdims=True) @ corners
            else:
                p[:, 0] = 1.0
            self.proportions.append(p)
            columns.append(p[:, :n] @ phase.composition)
        self.columns = np.ascontiguousarray(np.vstack(columns).T)

    def energies(self, gamma):
        """G of each composition above the plane of the answer, kJ/mol.

        A plane changes nothing about which mixture is best, but tolerances of solvers are relative.
        """
        model = self.model
        parts = [np.empty(len(p)) for p in self.proportions]
        for k, (p, out) in enumerate(zip(self.proportions, parts, strict=True)):
            column_energies(model.phases, k, model.conditions, p, model.scratch, out)
        return np.concatenate(parts) - gamma @ self.columns

    def highs(self, bulk, gamma):
        """Solve by HiGHS through SciPy, by interior points, its fastest here; None where it fails."""
        energies = self.energies(gamma)
        found = linprog(energies, A_eq=self.columns, b_eq=bulk, method="highs-ipm")
        return energies, found.x if found.status == 0 else None

    def cvxpy(self, bulk, gamma, solver):
        """Solve by cvxpy: energies and amounts, None where it fails."""
        energies = self.energies(gamma)
        amounts = cp.Variable(len(energies), nonneg=True)
        problem = cp.Problem(cp.Minimize(energies @ amounts), [self.columns @ amounts == bulk])
        try:
            problem.solve(solver=solver)
        except cp.SolverError:
            return energies, None
        return energies, amounts.value if problem.status == cp.OPTIMAL else None


def grid_outcome(grid, solver, point, gamma, solve, *arguments):
    """Time a linear programme and value its answer."""
    bulk = grid.model.reduced.inside(point.bulk)
    (energies, amounts), time = timed(solve, bulk, gamma, *arguments)
    if amounts is None:
        return Outcome(solver, point.label, time, np.inf, np.inf, True)
    made = grid.columns @ amounts
    energy = float(energies @ amounts + gamma @ bulk)
    return Outcome(solver, point.label, time, energy, float(abs(made - bulk).max()), False)


def point_outcomes(model, grids, point):
    """All solvers on one point."""
    model.set(point)
    outcomes, answer = gibbsite_outcomes(model.database, point)
    if outcomes[0].failed:
        return outcomes
    problem = Assemblage(model, point, answer)
    start = problem.start(seed=0)
    for solver, solve in (("SciPy SLSQP", slsqp), ("SciPy trust-constr", trust_constr)):
        (n, failed), time = timed(solve, problem, start)
        outcomes.append(problem.outcome(solver, point, time, n, failed))
    for grid in grids:
        name = f"SciPy HiGHS, {grid.size} columns"
        outcomes.append(grid_outcome(grid, name, point, problem.gamma, grid.highs))
        if grid.size <= DENSEST_FOR_CVXPY:
            for solver in ("HIGHS", "CLARABEL"):
                name = f"cvxpy {solver}, {grid.size} columns"
                outcomes.append(grid_outcome(grid, name, point, problem.gamma, grid.cvxpy, solver))
    return outcomes


def ideal(database):
    """Return the database without interaction energies: a convex problem, with one minimum."""
    phases = [
        replace(p, model=p.model._replace(interaction=np.zeros_like(p.model.interaction)))
        for p in database.phases
    ]
    digest = f"{database.sha256}, ideal"
    return replace(database, phases=tuple(phases), sha256=digest, _reduced={})


def totals(model):
    """For each site species the row whose amount its fraction is of, or -1 for all end-members.

    -T ln T of a total T of cations (multiplicity -1) joins with y ln y of its species into
    y ln(y/T), which an exponential cone can express.
    """
    of = np.full(len(model.multiplicity), -1)
    for row in np.flatnonzero(model.multiplicity < 0):
        first = next(
            i for i in range(row)
            if np.allclose(model.occupancy[i:row].sum(axis=0), model.occupancy[row])
        )  # fmt: skip
        of[first:row] = row
    return of


class Cone:
    """Ideal mixing of all phases as one exponential-cone programme."""

    def __init__(self, model, point, gamma):
        rt = model.conditions.factors[RT]
        objective, constraints, balance = 0.0, [], 0.0
        for k, phase in enumerate(model.models):
            n = cp.Variable(len(phase.size))
            g0 = model.conditions.g0[k, : len(phase.size)]
            balance += phase.composition.T @ n
            objective += (g0 - phase.composition @ gamma + rt * phase.log_constant) @ n
            if not len(phase.multiplicity):
                constraints.append(n >= 0)
                continue
            y, whole = phase.occupancy @ n, totals(phase)
            weighted = np.flatnonzero(phase.multiplicity > 0)
            of = cp.hstack([cp.sum(n) if whole[s] < 0 else y[whole[s]] for s in weighted])
            above = cp.Variable(len(weighted))  # the value of rel_entr itself is inf at y = -1e-12
            constraints.append(cp.rel_entr(y[weighted], of) <= above)
            objective += rt * phase.multiplicity[weighted] @ above
        self.balance, self.bulk = balance, model.reduced.inside(point.bulk)
        self.problem = cp.Problem(cp.Minimize(objective), [*constraints, balance == self.bulk])

    def solve(self):
        """Solve by Clarabel: energy above the plane, and whether it failed."""
        try:
            self.problem.solve(
                solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10,
                max_iter=400,
            )  # fmt: skip
        except cp.SolverError:
            return np.inf, True
        return self.problem.value, self.problem.status != cp.OPTIMAL


def cone_outcomes(model, point):
    """gibbsite and a cone programme on ideal mixing: the time of each, and the difference."""
    model.set(point)
    arrays, cold = solve_cold(model.database, point)
    gamma = arrays["chemical_potential"][0, model.reduced.present]
    build = Cone(model, point, gamma)
    (above, failed), time = timed(build.solve)
    mass = float(abs(build.balance.value - build.bulk).max()) if np.isfinite(above) else np.inf
    return {
        "point": point.label,
        "certified": not arrays["status"][0],
        "cold_s": cold.cpu,
        "cone_s": time.cpu,
        "cone_above": float(above),
        "cone_mass": mass,
        "cone_failed": bool(failed),
    }


def measure():
    """Return outcomes of all solvers on all points, and the comparison of ideal mixing."""
    database = gb.database("T21-Su26")
    model, points = Model(database), choose_points(database)
    grids = [Grid(model, size) for size in COLUMNS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # steps of SciPy leave the domain; failures are counted
        point_outcomes(model, grids[:1], points[0])  # load and compile everything once
        found = {
            p.label: point_outcomes(model, grids if i % EVERY_DENSEST == 0 else grids[:-1], p)
            for i, p in enumerate(points)
        }
        convex = Model(ideal(database))
        cone_outcomes(convex, points[0])
        cones = [cone_outcomes(convex, p) for p in points[:: len(points) // CONE_POINTS]]
    best = {
        p.label: min([p.known, *(o.energy for o in found[p.label] if not o.failed)]) for p in points
    }
    outcomes = [
        o._asdict() | {"time": o.time._asdict(), "above": o.energy - best[o.point]}
        for several in found.values()
        for o in several
    ]
    return {"points": len(points), "outcomes": outcomes, "cones": cones}
