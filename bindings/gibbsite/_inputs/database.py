"""A database: end-member data and activity-composition models, ready for the engine."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._showing import html_facts, html_table, listed
from gibbsite._suggest import did_you_mean
from gibbsite.errors import DatabaseError, InputError
from gibbsite_datasets import (
    EndmemberSet,
    ModelSet,
    SolutionModel,
    TableError,
    load_components,
    load_endmembers,
    load_guides,
    load_models,
    model_names,
)
from gibbsite_engine.assemble import PhaseModel, ReducedPhase, assemble
from gibbsite_engine.layout import (
    BRAGG_WILLIAMS,
    DISORDERED,
    EQUILIBRIUM,
    IDEAL_GAS,
    LANDAU,
    NO_TRANSITION,
    ORDERED,
    TAIT_MELT,
    TAIT_SOLID,
    Endmembers,
    System,
)
from gibbsite_engine.polytope import coordinates, facets, on_face, vertices

from .guides import none_named
from .names import name_phase
from .phase_hint import which_phase

# mol per mole of oxides: nearer to a facet than this, a bulk cannot be told from one that lies on it.
ON_FACET_BELOW: Final = 1e-12

_EQUATION = {"tait_solid": TAIT_SOLID, "tait_melt": TAIT_MELT, "ideal_gas": IDEAL_GAS}
_TRANSITION = {"none": NO_TRANSITION, "landau": LANDAU, "bragg-williams": BRAGG_WILLIAMS}
_STATE = {"equilibrium": EQUILIBRIUM, "ordered": ORDERED, "disordered": DISORDERED}


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a database.

    Attributes
    ----------
    name, long_name : str
        Key and name in words.
    endmembers : tuple of str
        Names of its end-members; a pure phase has one of its own name.
    model : PhaseModel
        Its numbers, for the engine.
    """

    name: str
    long_name: str
    endmembers: tuple[str, ...]
    model: PhaseModel

    def __repr__(self) -> str:
        """Return name and end-members."""
        return f"<Phase {self.name}: {' '.join(self.endmembers)}>"


@dataclass(frozen=True)
class Reduced:
    """A database reduced to what a bulk can be made of.

    Attributes
    ----------
    system : System
        Its arrays.
    phases : tuple of ReducedPhase
        Its phases, `place` being their id in the database.
    present : ndarray of bool, shape (C,)
        Components whose amounts tell the bulk: those that it contains, less one for each facet of
        what the phases can make that it lies on besides (sodium and aluminium in albite).
    lift : ndarray, shape (D, C)
        All components that come with a mol of each of these D; the identity but on such facets.
    key : tuple of bool
        What identifies it; see `Database.face`.
    """

    system: System
    phases: tuple[ReducedPhase, ...]
    present: NDArray[np.bool_]
    lift: NDArray[np.float64]
    key: tuple[bool, ...]

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Which of the components `present` have a potential of their own, shape (D,).

        The others come together only: no more than sums of their potentials have a value.
        """
        return np.asarray(np.count_nonzero(self.lift, axis=1) == 1)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Ids in the database of the phases of the system, in their order."""
        return tuple(phase.place for phase in self.phases)

    @cached_property
    def index(self) -> dict[int, int]:
        """Id of a phase in the database -> its number in the system; those that take part."""
        return {phase_id: k for k, phase_id in enumerate(self.ids)}


@dataclass(frozen=True, eq=False)
class Database:
    """End-member data and activity-composition models; made by `database`.

    Attributes
    ----------
    name : str
        Name of the set, such as "T21-Su26".
    reference : str
        Its publication.
    components : tuple of str
        Oxides of the system.
    phases : tuple of Phase
        All phases of the set, solutions first.
    active : tuple of bool
        Which of them take part.
    sha256 : str
        Hash of all tables that the database is made of, and of the phases that take part.
    """

    name: str
    reference: str
    components: tuple[str, ...]
    molar_masses: tuple[float, ...]
    phases: tuple[Phase, ...]
    endmembers: Endmembers
    active: tuple[bool, ...]
    sha256: str
    _reduced: dict[tuple[bool, ...], Reduced] = field(default_factory=dict, repr=False)

    @cached_property
    def _generators(self) -> NDArray[np.float64]:
        """Vertices of all active phases, in mol of component; (m, C)."""
        models = [phase.model for phase, on in zip(self.phases, self.active, strict=True) if on]
        return np.vstack([vertices(m.occupancy) @ m.composition for m in models])

    @cached_property
    def _facets(self) -> NDArray[np.float64]:
        """Inner normals of what the active phases can make, less those that say b >= 0; (F, C)."""
        normals = facets(self._generators)
        own = (np.count_nonzero(normals, axis=1) > 1) | (normals < 0.0).any(axis=1)
        return np.asarray(normals[own])

    def __repr__(self) -> str:
        """Return name, size and the beginning of the hash on one line."""
        without = [name for name in self.phase_names if not self.takes_part(name)]
        left_out = f", without {listed(without, 8)}" if without else ""
        return (
            f"<Database {self.name}: {len(self.components)} components, {len(self.phases)} phases"
            f"{left_out}, sha256 {self.sha256[:8]}>"
        )

    def _repr_html_(self) -> str:
        rows = [
            (each.name, name_phase(each.name, "full"), " ".join(each.endmembers))
            for each in self.phases
            if self.takes_part(each.name)
        ]
        about = load_guides().get(self.name)
        facts = [
            ("suits", about.suits if about else ""),
            ("beware", about.beware if about else ""),
            ("reference", self.reference),
            ("components", " ".join(self.components)),
            ("sha256", self.sha256),
        ]
        return html_facts(facts) + html_table(("phase", "name", "end-members"), rows, self.name)

    @property
    def phase_names(self) -> tuple[str, ...]:
        """Keys of all phases, in the order of their ids."""
        return tuple(phase.name for phase in self.phases)

    def takes_part(self, phase: str) -> bool:
        """Whether there is a phase of that name, and it is not left out."""
        return phase in self.phase_names and self.active[self.phase_names.index(phase)]

    def restrict(self, *, only: Iterable[str] = (), exclude: Iterable[str] = ()) -> "Database":
        """Return the database with only some of its phases, for metastable equilibria.

        Parameters
        ----------
        only : iterable of str
            Phases that take part; empty for all.
        exclude : iterable of str
            Phases that do not.

        Returns
        -------
        Database
            With the same phase ids and another hash; the same object for the same phases.

        Raises
        ------
        InputError
            If a phase is unknown, or none is left.
        """
        only, exclude = frozenset(only), frozenset(exclude)
        for name in sorted(only | exclude):
            if name not in self.phase_names:
                raise InputError(
                    f"the database {self.name} has no phase {name!r}: "
                    f"{which_phase(name, self.phase_names)}"
                )
        active = tuple(
            was and (not only or name in only) and name not in exclude
            for was, name in zip(self.active, self.phase_names, strict=True)
        )
        if not any(active):
            raise InputError("no phase is left to make a rock of.")
        if active == self.active:
            return self
        return _restricted(self, active)

    def face(self, bulk: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return how bulks lie in the cone of all that the phases can make.

        Parameters
        ----------
        bulk : (n, C) array
            mol per mole of oxides.

        Returns
        -------
        (n, C + F) array of bool
            Whether each component is present, and whether the bulk is off each facet of the cone
            (one on which it lies by its absent components alone does not count).
        """
        present = bulk > ON_FACET_BELOW
        off = bulk @ self._facets.T > ON_FACET_BELOW
        bound = present.astype(float) @ np.abs(self._facets.T) > 0.0
        return np.hstack([present, off | ~bound])

    def excess(self, bulk: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return of which component bulks hold more than the phases can take up.

        Parameters
        ----------
        bulk : (n, C) array
            mol per mole of oxides.

        Returns
        -------
        (n,) array of int
            -1 for a bulk that can be made.
        """
        inside = bulk @ self._facets.T
        component = (bulk * self._facets[inside.argmin(axis=1)]).argmin(axis=1)
        return np.where(inside.min(axis=1) < -ON_FACET_BELOW, component, -1)

    def reduced(self, face: NDArray[np.bool_]) -> Reduced:
        """Return the arrays for bulks that lie on a face.

        Parameters
        ----------
        face : (C + F,) or (C,) array of bool
            A row of `face`, or its first part: which components the bulks contain, exactly.
        """
        n = len(self.components)
        key = tuple(face[:n].tolist() if face[n:].all() else face.tolist())
        if key not in self._reduced:
            present, normals = face[:n], np.eye(n)[~face[:n]]
            lift = np.eye(n)[present]
            if len(key) > n:
                normals = np.vstack([normals, self._facets[~face[n:]]])
                made = self._generators[on_face(self._generators, normals)]
                present, lift = coordinates(made)
            index = [i for i, on in enumerate(self.active) if on]
            models = [self.phases[i].model for i in index]
            system, phases = assemble(self.endmembers, models, present, normals)
            renumbered = tuple(r._replace(place=index[r.place]) for r in phases)
            self._reduced[key] = Reduced(system, renumbered, present, lift, key)
        return self._reduced[key]


@lru_cache(maxsize=64)
def _restricted(data: Database, active: tuple[bool, ...]) -> Database:
    """Return a database of fewer phases; kept, because what is reduced of it is kept with it."""
    left = ",".join(n for n, on in zip(data.phase_names, active, strict=True) if on)
    digest = hashlib.sha256(f"{data.sha256}:{left}".encode()).hexdigest()
    return replace(data, active=active, sha256=digest, _reduced={})


def _round_half_up(value: float) -> float:
    return float(np.floor(value + 0.5))


def endmember_arrays(data: EndmemberSet, used: Sequence[tuple[str, str]]) -> Endmembers:
    """Return the columns of (end-member, state) pairs of a set."""
    rows = [data.endmembers[name] for name, _ in used]
    # Holland & Powell (2011), p. 346; rounded to the kelvin, as the models were fitted
    einstein = [_round_half_up(10636.0 / (1000.0 * r.S / r.atoms + 6.44)) for r in rows]
    return Endmembers(
        enthalpy=np.array([r.H for r in rows]),
        entropy=np.array([r.S for r in rows]),
        volume=np.array([r.V for r in rows]),
        heat_capacity=np.array([r.cp for r in rows]),
        expansivity=np.array([r.alpha0 for r in rows]),
        bulk_modulus=np.array([[r.kappa0, r.kappa0p, r.kappa0pp] for r in rows]),
        bulk_modulus_slope=np.array([r.dkappa_dT for r in rows]),
        einstein=np.array(einstein),
        equation=np.array([_EQUATION[r.eos] for r in rows], np.int64),
        transition=np.array([_TRANSITION[r.transition] for r in rows], np.int64),
        transition_parameters=np.array([r.transition_parameters for r in rows]),
        state=np.array([_STATE[state] for _, state in used], np.int64),
        reference_temperature=data.reference_temperature,
        reference_pressure=data.reference_pressure,
        gas_constant=data.gas_constant,
    )


def _solution(
    model: SolutionModel,
    components: tuple[str, ...],
    oxide_atoms: NDArray[np.float64],
    used: list[tuple[str, str]],
) -> Phase:
    """Matrices of a solution model."""
    n = len(model.endmembers)
    composition = np.array(
        [[e.composition.get(c, 0.0) for c in components] for e in model.endmembers]
    )
    make = np.zeros((n, len(used)))
    for i, endmember in enumerate(model.endmembers):
        for term in endmember.make:
            make[i, used.index((term.endmember, term.state))] += term.coefficient
    interaction = np.zeros((n, n, 3))
    for i, j, *energy in model.interactions:
        interaction[i, j] = interaction[j, i] = energy
    return Phase(
        model.name,
        model.long_name,
        tuple(e.name for e in model.endmembers),
        PhaseModel(
            composition=composition,
            atoms=composition @ oxide_atoms,
            multiplicity=np.array([s.multiplicity for s in model.sites]),
            occupancy=np.array([s.occupancy for s in model.sites], dtype=float).reshape(-1, n),
            size=np.array([e.size for e in model.endmembers]),
            log_constant=np.array([e.log_constant for e in model.endmembers]),
            interaction=interaction,
            make=make,
            energy=np.array([e.energy for e in model.endmembers]),
        ),
    )


def _pure(
    name: str,
    data: EndmemberSet,
    components: tuple[str, ...],
    oxide_atoms: NDArray[np.float64],
    used: list[tuple[str, str]],
) -> Phase:
    """Matrices of a phase of fixed composition."""
    composition = np.array([[data.endmembers[name].composition.get(c, 0.0) for c in components]])
    make = np.zeros((1, len(used)))
    make[0, used.index((name, "equilibrium"))] = 1.0
    return Phase(
        name,
        name,
        (name,),
        PhaseModel(
            composition=composition,
            atoms=composition @ oxide_atoms,
            multiplicity=np.zeros(0),
            occupancy=np.zeros((0, 1)),
            size=np.ones(1),
            log_constant=np.zeros(1),
            interaction=np.zeros((1, 1, 3)),
            make=make,
            energy=np.zeros((1, 3)),
        ),
    )


def _build(models: ModelSet, data: EndmemberSet) -> Database:
    """Put a set of models and its end-member data together."""
    oxides = {c.name: c for c in load_components()}
    atoms = np.array([oxides[c].atoms for c in models.components], dtype=float)
    terms = {(t.endmember, t.state) for s in models.solutions for e in s.endmembers for t in e.make}
    pure = {(name, "equilibrium") for name in models.pure_phases}
    used: list[tuple[str, str]] = sorted(terms | pure)
    phases = [_solution(s, models.components, atoms, used) for s in models.solutions]
    phases += [_pure(n, data, models.components, atoms, used) for n in models.pure_phases]
    return Database(
        name=models.name,
        reference=models.reference,
        components=models.components,
        molar_masses=tuple(oxides[c].molar_mass for c in models.components),
        phases=tuple(phases),
        endmembers=endmember_arrays(data, used),
        active=(True,) * len(phases),
        sha256=hashlib.sha256(f"{models.sha256}:{data.sha256}".encode()).hexdigest(),
    )


@cache
def _load(name: str) -> Database:
    try:
        models = load_models(name)
        return _build(models, load_endmembers(models.endmember_set))
    except TableError as error:
        raise DatabaseError(str(error)) from error


def database(
    name: str | None = None, *, only: Iterable[str] = (), exclude: Iterable[str] = ()
) -> Database:
    """Return a database by its name.

    Parameters
    ----------
    name : str
        One of `gibbsite.databases()`, such as "W24"; there is no default, for no set suits all rocks.
    only, exclude : iterable of str
        Phases that alone take part, or that do not, for metastable equilibria.

    Returns
    -------
    Database

    Raises
    ------
    InputError
        If the database is not named, or it or a phase is unknown.
    DatabaseError
        If a table is damaged; the text names file, row and reason.
    """
    if name is None:
        raise none_named('name one, such as gibbsite.database("W24")')
    if name not in model_names():
        raise InputError(f"there is no database {name!r}: {did_you_mean(name, model_names())}")
    return _load(name).restrict(only=only, exclude=exclude)
