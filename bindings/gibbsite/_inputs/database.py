"""A database: end-member data and activity-composition models, ready for the engine."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import Any, Final, Literal

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
    Traits,
    known_oxides,
    load_endmembers,
    load_guides,
    load_models,
    load_traits,
    model_names,
)
from gibbsite_engine.assemble import (
    GivenPotentials,
    PhaseModel,
    ReducedPhase,
    Saturations,
    assemble,
    nothing_given,
    saturations,
)
from gibbsite_engine.endmember import order_samples
from gibbsite_engine.layout import (
    BRAGG_WILLIAMS,
    CORK,
    DISORDERED,
    EQUILIBRIUM,
    IDEAL_GAS,
    LANDAU,
    NO_TRANSITION,
    ORDERED,
    PITZER_STERNER,
    SATURATED,
    TAIT_MELT,
    TAIT_SOLID,
    Endmembers,
    Opened,
    System,
)
from gibbsite_engine.polytope import coordinates, facets, on_face, vertices

from .balance import ON_FACET_BELOW, reservoirs, stand_ins
from .given import by_name, names
from .guides import none_named
from .names import name_phase
from .phase_hint import which_phase
from .windows import Window, Windows, bounded, in_words, read_windows

WINDOWS_LOOK: Final = '{"opx.CaO": (0, 10)}'

_EQUATION = {
    "tait_solid": TAIT_SOLID,
    "tait_melt": TAIT_MELT,
    "ideal_gas": IDEAL_GAS,
    "pitzer_sterner": PITZER_STERNER,
    "cork": CORK,
}
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
        Its numbers, for the engine; compositions in oxides.
    kind : {"solid", "melt", "fluid"}
        State of matter.
    order : tuple of str
        Oxides by whose falling amounts its instances are numbered; those that the set has.
    colour : str
        In pictures, "#rrggbb".
    needs : tuple of str
        Oxides without which it is left out, its model saying nothing of that join.
    """

    name: str
    long_name: str
    endmembers: tuple[str, ...]
    model: PhaseModel
    kind: Literal["solid", "melt", "fluid"]
    order: tuple[str, ...]
    colour: str
    needs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return name and end-members."""
        return f"<Phase {self.name}: {' '.join(self.endmembers)}>"


@dataclass(frozen=True, slots=True)
class OpenPotential:
    """The potential of an open component, kJ per mol of it: a sum of energies of end-members.

    Attributes
    ----------
    make : tuple of (float, str, str)
        Coefficient, end-member of the data set, state ("equilibrium", "ordered", "disordered").
    energy : tuple of float
        a [kJ/mol], b [kJ/(K mol)], c [kJ/(kbar mol)] of the a + bT + cP added.
    """

    make: tuple[tuple[float, str, str], ...] = ()
    energy: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
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
        what the phases can make that it lies on besides (sodium and aluminium in albite). They are
        those of the database's basis, the oxides but where these may be negative.
    lift : ndarray, shape (D, C)
        All components that come with a mol of each of these D; the identity but on such facets.
    key : tuple of bool
        What identifies it; see `Database.face`.
    basis : ndarray, shape (C, C)
        Components of the basis in a mol of each oxide.
    opened : tuple of int
        Components whose potential is given.
    spare : list
        Solvers of lone points, to be used again.
    """

    system: System
    phases: tuple[ReducedPhase, ...]
    present: NDArray[np.bool_]
    lift: NDArray[np.float64]
    key: tuple[bool, ...]
    basis: NDArray[np.float64]
    opened: tuple[int, ...] = ()
    spare: list[Any] = field(default_factory=list, repr=False)

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Which of the components `present` have a potential of their own, shape (D,).

        The others come together only: no more than sums of their potentials have a value.
        """
        return np.asarray(np.count_nonzero(self.lift, axis=1) == 1)

    @property
    def potentials(self) -> NDArray[np.float64]:
        """Components `present` in a mol of each oxide, shape (D, C), by which its potential is the sum of theirs.

        Its first is NaN where the potential of an oxide is not known: it has a component that is
        absent, or comes together with others only.
        """
        out = np.ascontiguousarray(self.basis[:, self.present].T)
        lost = ~self.present
        lost[list(self.opened)] = False
        unknown = (self.basis[:, lost] != 0.0).any(axis=1)
        unknown |= (out[~self.fixed] != 0.0).any(axis=0)
        out[:1, unknown] = np.nan
        return out

    def inside(self, bulk: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the amounts of the components `present` in bulks given in oxides, (..., D)."""
        return np.ascontiguousarray((bulk @ self.basis)[..., self.present])

    def of_oxides(self, potentials: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the potentials of the components `present` from those of all oxides (..., C)."""
        inverse = self.inverse
        if np.array_equal(inverse, np.eye(len(inverse))):
            return np.asarray(potentials[..., self.present])
        parts = np.where(inverse == 0.0, 0.0, inverse * potentials[..., None, :])
        return np.asarray(parts.sum(axis=-1)[..., self.present])

    @cached_property
    def inverse(self) -> NDArray[np.float64]:
        """Oxides in a mol of each component of the basis, shape (C, C)."""
        return np.asarray(np.linalg.inv(self.basis))

    @cached_property
    def in_oxides(self) -> "Reduced":
        """The same in terms of the oxides, where they span what the components `present` do; else itself.

        Of two components of which one comes with all of the other, as water with its oxygen where there is
        next to no hydrogen, the difference is lost in rounding.
        """
        here, inverse = self.present, self.inverse
        mixed = inverse[here][:, ~here].any() or inverse[~here][:, here].any()
        usual = np.array_equal(inverse, np.eye(len(inverse)))
        if usual or mixed or self.opened or not self.fixed.all():
            return self
        phases = self.system.phases
        composition = np.ascontiguousarray(phases.composition @ inverse[here][:, here])
        system = self.system._replace(phases=phases._replace(composition=composition))
        return replace(self, system=system, basis=np.eye(len(inverse)), spare=[])

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
    alternatives : tuple of tuple of str
        Models of one mineral: of each of these no more than one takes part.
    basis : ndarray, shape (C, C)
        Components in which no phase holds less than nothing, in a mol of each oxide.
    opened : tuple of (str, OpenPotential)
        Components whose potential is given instead of an amount.
    reservoirs : tuple of int
        Ids of the phases left out because open components come from them.
    closed : Database or None
        What it was before anything was opened; None for one that nothing is open in.
    windows : tuple of Window
        What some phases may hold of an oxide at most and at least.
    sha256 : str
        Hash of all tables that the database is made of, of the phases that take part, of the
        potentials that are given and of the windows.
    used : tuple of (str, str)
        Name and state of order of each data-set end-member among `endmembers`.
    """

    name: str
    reference: str
    components: tuple[str, ...]
    molar_masses: tuple[float, ...]
    phases: tuple[Phase, ...]
    endmembers: Endmembers
    active: tuple[bool, ...]
    sha256: str
    data: EndmemberSet = field(repr=False)
    used: tuple[tuple[str, str], ...] = field(repr=False)
    basis: NDArray[np.float64] = field(repr=False)
    alternatives: tuple[tuple[str, ...], ...] = ()
    opened: tuple[tuple[str, OpenPotential], ...] = ()
    windows: tuple[Window, ...] = ()
    reservoirs: tuple[int, ...] = ()
    closed: "Database | None" = field(default=None, repr=False)
    _reduced: dict[tuple[bool, ...], Reduced] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """What another process is given: all but what is worked out anew there, kernels among it."""
        return {**self.__dict__, "_reduced": {}}

    @cached_property
    def is_open(self) -> NDArray[np.bool_]:
        """Which components have a potential that is given, (C,)."""
        names = [name for name, _ in self.opened]
        return np.array([component in names for component in self.components])

    @cached_property
    def _models(self) -> tuple[PhaseModel, ...]:
        """All phases, composed of the components of the basis; what rounding leaves is zero."""
        composed = [p.model.composition @ self.basis for p in self.phases]
        return tuple(
            p.model._replace(composition=np.where(np.abs(each) > ON_FACET_BELOW, each, 0.0))
            for p, each in zip(self.phases, composed, strict=True)
        )

    @cached_property
    def _generators(self) -> NDArray[np.float64]:
        """Vertices of all active phases, in mol of the components that are not open; (m, C)."""
        models = [model for model, on in zip(self._models, self.active, strict=True) if on]
        made = np.vstack([vertices(m.occupancy) @ m.composition for m in models])
        closed = np.where(self.is_open, 0.0, made)
        return closed[(closed > ON_FACET_BELOW).any(axis=1)]

    @cached_property
    def _facets(self) -> NDArray[np.float64]:
        """Inner normals of what the active phases can make, less those that say b >= 0; (F, C)."""
        normals = facets(self._generators[:, ~self.is_open])
        own = (np.count_nonzero(normals, axis=1) > 1) | (normals < 0.0).any(axis=1)
        found = np.zeros((int(own.sum()), len(self.components)))
        found[:, ~self.is_open] = normals[own]
        return found

    def of_kind(self, kind: Literal["solid", "melt", "fluid"]) -> tuple[str, ...]:
        """Return the keys of the phases of a state of matter."""
        return tuple(phase.name for phase in self.phases if phase.kind == kind)

    def __repr__(self) -> str:
        """Return name, size and the beginning of the hash on one line."""
        without = [name for name in self.phase_names if not self.takes_part(name)]
        left_out = f", without {listed(without, 8)}" if without else ""
        return (
            f"<Database {self.name}: {len(self.components)} components, {len(self.phases)} phases"
            f"{left_out}{f', {in_words(self.windows)}' if self.windows else ''}, "
            f"sha256 {self.sha256[:8]}>"
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
            ("windows", in_words(self.windows)),
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
        only : str or iterable of str
            Phases that take part; empty for all.
        exclude : str or iterable of str
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
        wanted, unwanted = frozenset(names("only", only)), frozenset(names("exclude", exclude))
        if not (wanted or unwanted):
            return self
        for name in sorted(wanted | unwanted):
            if name not in self.phase_names:
                raise InputError(
                    f"the database {self.name} has no phase {name!r}: "
                    f"{which_phase(name, self.phase_names)}"
                )
        if self.closed is not None:  # in what order things are said makes no difference
            return self.closed.restrict(only=wanted, exclude=unwanted).open(dict(self.opened))
        active = tuple(
            was and (not wanted or name in wanted) and name not in unwanted
            for was, name in zip(self.active, self.phase_names, strict=True)
        )
        if not any(active):
            raise InputError("no phase is left to make a rock of.")
        if active == self.active:
            return self
        return _restricted(self, active)

    def choose(self, *chosen: str) -> "Database":
        """Return the database with other models of some minerals.

        Parameters
        ----------
        *chosen : str
            Phases that take part in place of their alternatives; see `alternatives`.

        Returns
        -------
        Database
            With the same phase ids and another hash; the same object for the same choice.

        Raises
        ------
        InputError
            If a phase is no alternative of another, or two of one mineral are chosen.
        """
        wanted = names("choose", chosen[0] if len(chosen) == 1 else chosen)
        if not wanted:
            return self
        if self.closed is not None:
            return self.closed.choose(*wanted).open(dict(self.opened))
        off = set[str]()
        for name in wanted:
            groups = [group for group in self.alternatives if name in group]
            if not groups:
                others = [each for group in self.alternatives for each in group]
                raise InputError(
                    f"{name!r} is no alternative model of a mineral in {self.name}: "
                    f"{did_you_mean(name, others)}"
                )
            if any(other in wanted for group in groups for other in group if other != name):
                raise InputError(f"{', '.join(groups[0])} are models of one mineral: choose one.")
            off |= {other for group in groups for other in group if other != name}
        active = tuple(
            (was or name in wanted) and name not in off
            for was, name in zip(self.active, self.phase_names, strict=True)
        )
        return self if active == self.active else _restricted(self, active)

    def within(self, windows: Windows) -> "Database":
        """Return the database with the compositions of some of its phases limited.

        Parameters
        ----------
        windows : mapping of str to (float, float)
            PHASE.OXIDE -> least and greatest share [wt%]: {"opx.CaO": (0, 10)}.

        Returns
        -------
        Database
            With the same phase ids and another hash; the same object for the same windows. What is
            certified with it is the minimum over the compositions inside.

        Raises
        ------
        InputError
            If a phase or oxide is unknown, the limits are none, or no composition lies inside.
        """
        sizes = {phase.name: len(phase.endmembers) for phase in self.phases}
        given = by_name("windows", windows, WINDOWS_LOOK)
        found = read_windows(given, self.name, sizes, self.components)
        if not found:
            return self
        if self.closed is not None:
            return self.closed.within(given).open(dict(self.opened))
        return _windowed(self, found)

    def open(self, given: Mapping[str, OpenPotential]) -> "Database":
        """Return the database open to some components, whose potentials are given.

        It is a Legendre transform: the component leaves the balance of the bulk, and its share the
        standard energies. Phases of nothing else are left out, and fluids that could be: they are
        where the component comes from. A potential above saturation with them has no answer.

        Parameters
        ----------
        given : mapping
            Component -> its potential.

        Returns
        -------
        Database
            With the same phase ids and another hash; the same object for the same potentials.

        Raises
        ------
        InputError
            If a component is unknown, or others that are not open may be negative without it.
        """
        # what is open already stays so
        opened = tuple(sorted((dict(self.opened) | dict(given)).items()))
        for name, _ in opened:
            if name not in self.components:
                raise InputError(
                    f"the database {self.name} has no component {name!r}: "
                    f"{did_you_mean(name, self.components)}"
                )
        return _opened(self.closed or self, opened) if opened else self

    def _inside(self, bulk: NDArray[np.float64]) -> NDArray[np.float64]:
        """What of bulks the phases must take up, in the components of the set; none of the open ones."""
        return bulk @ self._closed_basis

    @cached_property
    def _closed_basis(self) -> NDArray[np.float64]:
        """The basis less the columns of open components."""
        return np.where(self.is_open, 0.0, self.basis)

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
        inside = self._inside(bulk)
        present = inside > ON_FACET_BELOW
        if not len(self._facets):
            return present
        off = inside @ self._facets.T > ON_FACET_BELOW
        bound = present.astype(float) @ np.abs(self._facets.T) > 0.0
        return np.concatenate([present, off | ~bound], axis=1)

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
        held = self._inside(bulk)
        if not self._needed:
            return self._excess_of(held)
        found = np.full(len(held), -1)
        absent = ((held <= ON_FACET_BELOW) & ~self.is_open)[:, self._needed]
        kind = absent @ (1 << np.arange(len(self._needed)))
        for each in {*kind.tolist()}:
            rows = kind == each
            there = np.ones(len(self.components), bool)
            there[list(self._needed)] = ~absent[rows.argmax()]
            active = self._admitted(there)
            data = self if active == self.active else _restricted(self, active)
            found[rows] = data._excess_of(held[rows])
        return found

    def _excess_of(self, held: NDArray[np.float64]) -> NDArray[np.int64]:
        """`excess` of what the phases that take part must take up; (n,)."""
        # of oxides no rock holds less than nothing, of what is left of one for another it may
        found, inside = np.full(len(held), -1), held @ self._facets.T
        if min(held.min(initial=0.0), inside.min(initial=0.0)) >= -ON_FACET_BELOW:
            return found
        found = np.where(held.min(axis=1) < -ON_FACET_BELOW, held.argmin(axis=1), -1)
        if not len(self._facets):  # each oxide can be taken up alone
            return found
        component = (held * self._facets[inside.argmin(axis=1)]).argmin(axis=1)
        return np.where((found < 0) & (inside.min(axis=1) < -ON_FACET_BELOW), component, found)

    @cached_property
    def _needed(self) -> tuple[int, ...]:
        """Components without which phases that take part do not."""
        names = {c for p, on in zip(self.phases, self.active, strict=True) if on for c in p.needs}
        return tuple(self.components.index(c) for c in sorted(names))

    def _admitted(self, there: NDArray[np.bool_]) -> tuple[bool, ...]:
        """Which phases take part where only the components `there` (C,) are present or open."""
        has = {c for c, on in zip(self.components, there, strict=True) if on}
        return tuple(
            on and has.issuperset(phase.needs)
            for phase, on in zip(self.phases, self.active, strict=True)
        )

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
            present = face[:n] & ~self.is_open
            normals = np.eye(n)[~present & ~self.is_open]
            lift = np.eye(n)[present]
            if len(key) > n:
                normals = np.vstack([normals, self._facets[~face[n:]]])
                made = self._generators[on_face(self._generators, normals)]
                present, lift = coordinates(made)
            index = np.flatnonzero(self._admitted(face[:n] | self.is_open)).tolist()
            models = [self._models[i] for i in index]
            system, phases = assemble(self.endmembers, models, present, normals, self._given())
            renumbered = tuple(r._replace(place=index[r.place]) for r in phases)
            system = system._replace(opened=self._below_saturation(system.opened, renumbered))
            self._reduced[key] = Reduced(
                system, renumbered, present, lift, key, self.basis, self._opened_places()
            )
        return self._reduced[key]

    def _below_saturation(self, opened: Opened, phases: tuple[ReducedPhase, ...]) -> Opened:
        """Lower the limits of phases that hold closed components, too, by more than is made of nothing.

        At saturation with a phase of open components alone the rock takes up as much of it as one
        likes; one that anything dissolves in is lower then, and ever lower the more there is of it.
        """
        dissolving = [r.place for r in phases if r.model.composition.any()]
        energy = opened.limit_energy.copy()
        energy[np.isin(self.saturations.phase, dissolving), 0] += 2.0 * SATURATED
        return opened._replace(limit_energy=energy)

    def _given(self) -> GivenPotentials:
        """The potentials that are given, for the engine."""
        make = np.zeros((len(self.opened), len(self.used)))
        for row, (_, potential) in zip(make, self.opened, strict=True):
            for coefficient, name, state in potential.make:
                row[self.used.index((name, state))] += coefficient
        energy = np.array([potential.energy for _, potential in self.opened], float)
        places = np.array(self._opened_places(), np.int64)
        return GivenPotentials(places, make, energy.reshape(-1, 3), self.saturations)

    @cached_property
    def saturations(self) -> Saturations:
        """What the phases can be made of by open components alone; those left out as reservoirs, too."""
        if not self.opened:
            return nothing_given(len(self.used)).saturations
        takes_part = [i for i, on in enumerate(self.active) if on or i in self.reservoirs]
        models = [self._models[i] for i in takes_part]
        found = saturations(models, np.array(self._opened_places()), self.endmembers.gas_constant)
        return found._replace(phase=np.array(takes_part, np.int64)[found.phase])

    def _opened_places(self) -> tuple[int, ...]:
        """Places of the opened components among all."""
        return tuple(self.components.index(name) for name, _ in self.opened)


@lru_cache(maxsize=64)
def _restricted(data: Database, active: tuple[bool, ...]) -> Database:
    """Return a database of fewer phases; kept, because what is reduced of it is kept with it."""
    left = ",".join(n for n, on in zip(data.phase_names, active, strict=True) if on)
    digest = hashlib.sha256(f"{data.sha256}:{left}".encode()).hexdigest()
    return replace(data, active=active, sha256=digest, _reduced={})


@lru_cache(maxsize=64)
def _windowed(data: Database, windows: tuple[Window, ...]) -> Database:
    """Return a database whose phases have windows; kept with what is reduced of it."""
    masses = np.array(data.molar_masses)
    phases = tuple(
        replace(
            phase,
            model=bounded(
                phase.model, [w for w in windows if w.phase == phase.name], data.components, masses
            ),
        )
        for phase in data.phases
    )
    return replace(
        data,
        phases=phases,
        windows=(*data.windows, *windows),
        sha256=hashlib.sha256(f"{data.sha256}:{windows!r}".encode()).hexdigest(),
        _reduced={},
    )


@lru_cache(maxsize=64)
def _opened(data: Database, opened: tuple[tuple[str, OpenPotential], ...]) -> Database:
    """Return a database in which potentials are given; kept with what is reduced of it."""
    terms = {(name, state) for _, each in opened for _, name, state in each.make}
    for name, _ in sorted(terms):
        if name not in data.data.endmembers:
            raise InputError(f"{data.data.name} has no end-member {name!r}.")
    more = tuple(sorted(terms.difference(data.used)))
    pad = ((0, 0), (0, len(more)))
    phases = tuple(
        replace(p, model=p.model._replace(make=np.pad(p.model.make, pad))) for p in data.phases
    )
    is_open = np.array([name in dict(opened) for name in data.components])
    # of what is open phases may hold less than nothing: there is no need of another component
    basis = np.where(is_open[:, None], np.eye(len(is_open)), _basis(load_models(data.name)))
    made = [vertices(p.model.occupancy) @ p.model.composition @ basis for p in data.phases]
    made = [np.where(is_open, 0.0, each) for each in made]
    sources = reservoirs(made, data.active, [phase.kind == "fluid" for phase in data.phases])
    active = tuple(on and i not in sources for i, on in enumerate(data.active))
    left = [each for each, on in zip(made, active, strict=True) if on]
    used = (*data.used, *more)
    return replace(
        data,
        phases=phases,
        basis=basis @ _non_negative(data, np.vstack([made[0][:0], *left]), opened),
        used=used,
        endmembers=endmember_arrays(data.data, used),
        active=active,
        opened=opened,
        reservoirs=tuple(sorted(sources)),
        closed=data,
        sha256=hashlib.sha256(f"{data.sha256}:{opened!r}".encode()).hexdigest(),
        _reduced={},
    )


def _non_negative(
    data: Database, made: NDArray[np.float64], opened: Iterable[tuple[str, OpenPotential]]
) -> NDArray[np.float64]:
    """Return components of which the phases `made` hold nowhere less than nothing, in a mol of each, (C, C).

    In place of one that they do is what can still be taken up of it.
    """
    change = np.eye(len(data.components))
    for c, stand_in in stand_ins(made).items():
        if stand_in is None:
            names, name = " and ".join(name for name, _ in opened), data.components[c]
            raise InputError(
                f"{names} cannot be open in {data.name} unless {name} is: without it phases may hold "
                f"less than nothing of {name}. Open {name} too, or give the rock an amount of {names}."
            )
        other, most = stand_in
        change[other, c], change[c, c] = most, -1.0
    return change


def _round_half_up(value: float) -> float:
    return float(np.floor(value + 0.5))


def endmember_arrays(data: EndmemberSet, used: Sequence[tuple[str, str]]) -> Endmembers:
    """Return the columns of (end-member, state) pairs of a set."""
    rows = [data.endmembers[name] for name, _ in used]
    # Holland & Powell (2011), p. 346; rounded to the kelvin, as the models were fitted
    einstein = [_round_half_up(10636.0 / (1000.0 * r.S / r.atoms + 6.44)) for r in rows]
    fluids, fluid = [np.zeros((10, 6))], np.zeros(len(rows), np.int64)
    for i, row in enumerate(rows):
        if row.fluid:
            fluid[i] = len(fluids)
            fluids.append(np.zeros((10, 6)))
            fluids[-1].flat[: len(row.fluid)] = row.fluid
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
        fluid=fluid,
        fluids=np.array(fluids),
        transition=np.array([_TRANSITION[r.transition] for r in rows], np.int64),
        transition_parameters=np.array([r.transition_parameters for r in rows]),
        order_samples=np.array(
            [order_samples(_TRANSITION[r.transition], r.transition_parameters) for r in rows]
        ),
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
    traits: Traits,
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
        traits.kind,
        tuple(oxide for oxide in traits.order if oxide in components),
        traits.colour,
        model.needs,
    )


def _pure(
    name: str,
    data: EndmemberSet,
    components: tuple[str, ...],
    oxide_atoms: NDArray[np.float64],
    used: list[tuple[str, str]],
    traits: Traits,
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
        traits.kind,
        (),
        traits.colour,
    )


def _build(models: ModelSet, data: EndmemberSet) -> Database:
    """Put a set of models and its end-member data together."""
    oxides, traits, components = known_oxides(), load_traits(), models.components
    atoms = np.array([oxides[c].atoms for c in components], dtype=float)
    terms = {(t.endmember, t.state) for s in models.solutions for e in s.endmembers for t in e.make}
    pure = {(name, "equilibrium") for name in models.pure_phases}
    used: list[tuple[str, str]] = sorted(terms | pure)
    for name in (*(s.name for s in models.solutions), *models.pure_phases):
        if name not in traits:
            raise DatabaseError(f"the table of traits has no phase {name!r} of {models.name}.")
    phases = [_solution(s, components, atoms, used, traits[s.name]) for s in models.solutions]
    phases += [_pure(n, data, components, atoms, used, traits[n]) for n in models.pure_phases]
    others = {name for group in models.alternatives for name in group[1:]}
    return Database(
        name=models.name,
        reference=models.reference,
        components=components,
        molar_masses=tuple(oxides[c].molar_mass for c in components),
        phases=tuple(phases),
        endmembers=endmember_arrays(data, used),
        active=tuple(phase.name not in others for phase in phases),
        sha256=hashlib.sha256(f"{models.sha256}:{data.sha256}".encode()).hexdigest(),
        data=data,
        used=tuple(used),
        basis=_basis(models),
        alternatives=models.alternatives,
    )


def _basis(models: ModelSet) -> NDArray[np.float64]:
    """Return the components of the set's basis in a mol of each oxide, (C, C)."""
    names = [next(iter(models.basis.get(c, (c,)))) for c in models.components]
    basis = np.zeros((len(names), len(names)))
    for row, oxide in zip(basis, models.components, strict=True):
        for name, amount in models.basis.get(oxide, {oxide: 1.0}).items():
            row[names.index(name)] = amount
    return basis


@cache
def _load(name: str) -> Database:
    try:
        models = load_models(name)
        return _build(models, load_endmembers(models.endmember_set))
    except TableError as error:
        raise DatabaseError(str(error)) from error


def database(
    name: str | None = None,
    *,
    only: Iterable[str] = (),
    exclude: Iterable[str] = (),
    choose: Iterable[str] = (),
    windows: Windows | None = None,
) -> Database:
    """Return a database by its name.

    Parameters
    ----------
    name : str
        One of `gibbsite.databases()`, such as "W24"; there is no default, for no set suits all rocks.
    choose : str or iterable of str
        Models of a mineral in place of those that are the default; see `Database.alternatives`.
    only, exclude : str or iterable of str
        Phases that alone take part, or that do not, for metastable equilibria; where none is named
        all do.
    windows : mapping of str to (float, float), optional
        Least and greatest share of an oxide in a phase [wt%]: {"opx.CaO": (0, 10)}. What is
        certified then is the minimum over the compositions inside.

    Returns
    -------
    Database

    Raises
    ------
    InputError
        If the database is not named, it, a phase or an oxide is unknown, or a window holds nothing.
    DatabaseError
        If a table is damaged; the text names file, row and reason.
    """
    if name is None:
        raise none_named('name one, such as gibbsite.database("W24")')
    if name not in model_names():
        raise InputError(f"there is no database {name!r}: {did_you_mean(name, model_names())}")
    chosen = _load(name).choose(*names("choose", choose))
    chosen = chosen.restrict(only=names("only", only), exclude=names("exclude", exclude))
    return chosen.within(by_name("windows", windows, WINDOWS_LOOK))
