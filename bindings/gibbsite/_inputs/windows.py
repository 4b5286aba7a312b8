"""Windows of composition: what a phase may hold of an oxide, as further bounds of its polytope.

A share by weight between two limits is linear in the proportions p of the end-members:
    sum_i p_i (high M_i - m_i) >= 0,    sum_i p_i (m_i - low M_i) >= 0,
M_i being the mass of end-member i and m_i that of the oxide in it. Each limit is one more row of
what must not be negative, beside the site fractions, without an entropy of its own. All that is
made of the polytope, its vertices, seeds and bounds, follows. What is certified is the minimum over
the compositions inside. An answer that wants to lie on the limit itself is not found: there the
potentials need not be equal, and the point fails.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .phase_hint import which_phase

if TYPE_CHECKING:
    from gibbsite_engine.assemble import PhaseModel
    from gibbsite_engine.layout import Floats

Windows = Mapping[str, Sequence[float]]
"""PHASE.OXIDE -> least and greatest [wt%]."""

# Of the mass of a formula: a phase that nowhere is so far inside its windows has no room in them.
_ROOM = 1e-9


class Window(NamedTuple):
    """What a phase may hold of an oxide."""

    phase: str
    oxide: str
    low: float
    """wt%"""
    high: float
    """wt%"""

    def __str__(self) -> str:
        """Return it in words, as certificates, captions and files tell it."""
        if self.low <= 0.0:
            return f"{self.phase}.{self.oxide} at most {self.high:g} wt%"
        if self.high >= 100.0:
            return f"{self.phase}.{self.oxide} at least {self.low:g} wt%"
        return f"{self.phase}.{self.oxide} {self.low:g} to {self.high:g} wt%"


def in_words(windows: Iterable[Window]) -> str:
    """Return windows as one text, such as "opx.CaO at most 10 wt%"."""
    return ", ".join(str(window) for window in windows)


def as_given(windows: Iterable[Window]) -> dict[str, tuple[float, float]]:
    """Return windows as they are given, by PHASE.OXIDE."""
    return {f"{w.phase}.{w.oxide}": (w.low, w.high) for w in windows}


def read_windows(
    given: Windows, name: str, phases: Mapping[str, int], components: Sequence[str]
) -> tuple[Window, ...]:
    """Return windows in the order of their names.

    Parameters
    ----------
    given : mapping of str to (float, float)
        PHASE.OXIDE -> least and greatest share [wt%].
    name : str
        Of the database.
    phases : mapping of str to int
        Its phases, and the number of end-members of each.
    components : sequence of str
        Its oxides.

    Raises
    ------
    InputError
        If a name is none of the database, or the limits are none.
    """
    found = []
    for key, limits in given.items():
        phase, oxide = _subject(key, name, phases, components)
        found.append(Window(phase, oxide, *_limits(key, limits)))
    return tuple(sorted(found))


def _subject(
    key: str, name: str, phases: Mapping[str, int], components: Sequence[str]
) -> tuple[str, str]:
    """Return the phase and the oxide of a window."""
    phase, dot, oxide = key.partition(".")
    if not dot:
        raise InputError(f"a window is of a phase and an oxide, such as opx.CaO, not {key!r}.")
    if phase not in phases:
        raise InputError(
            f"the database {name} has no phase {phase!r}: {which_phase(phase, tuple(phases))}"
        )
    if oxide not in components:
        raise InputError(
            f"the database {name} has no component {oxide!r}: {did_you_mean(oxide, components)}"
        )
    if phases[phase] == 1:
        raise InputError(f"{phase} is a pure phase: it has one composition; exclude it instead.")
    return phase, oxide


def _limits(key: str, limits: Sequence[float]) -> tuple[float, float]:
    """Return least and greatest share of a window [wt%]."""
    try:
        low, high = (float(limit) for limit in limits)
    except (TypeError, ValueError):
        raise InputError(
            f"the window of {key} is (least, greatest) in wt%, not {limits!r}."
        ) from None
    if not 0.0 <= low < high <= 100.0:
        raise InputError(
            f"the window of {key}, {low:g} to {high:g} wt%, must rise, from 0 up and to 100 at most."
        )
    return low, high


def bounded(
    model: "PhaseModel",
    windows: Iterable[Window],
    components: Sequence[str],
    molar_masses: "Floats",
) -> "PhaseModel":
    """Return the model of a phase with its polytope bounded by windows.

    Parameters
    ----------
    model : PhaseModel
        Over all components of the database.
    windows : iterable of Window
        Of this phase.
    components : sequence of str
        Oxides of the database.
    molar_masses : (C,) array
        g/mol.

    Raises
    ------
    InputError
        If no composition lies inside.
    """
    mass = model.composition @ molar_masses
    rows = []
    windows = tuple(windows)
    for window in windows:
        c = components.index(window.oxide)
        share = model.composition[:, c] * molar_masses[c]
        if window.high < 100.0:
            rows.append((0.01 * window.high * mass - share) / mass.mean())
        if window.low > 0.0:
            rows.append((share - 0.01 * window.low * mass) / mass.mean())
    if not rows:
        return model
    limits = np.array(rows)
    if _most_room(model, limits) < _ROOM:
        raise InputError(f"no composition of {windows[0].phase} has {in_words(windows)}.")
    return model._replace(
        occupancy=np.vstack([model.occupancy, limits]),
        multiplicity=np.append(model.multiplicity, np.zeros(len(limits))),
    )


def _most_room(model: "PhaseModel", limits: "Floats") -> float:
    """Return how far inside all limits a composition can be; negative where none is inside."""
    from scipy.optimize import linprog  # slow to import, and needed for windows only

    n, sites = len(model.size), len(model.occupancy)
    inside = np.vstack([model.occupancy, limits])
    slack = np.append(np.zeros(sites), np.ones(len(limits)))[:, None]
    found = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([-inside, slack]),
        b_ub=np.zeros(len(inside)),
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[1.0],
        bounds=[(-np.inf, np.inf)] * n + [(-np.inf, 1.0)],
    )
    return -np.inf if found.fun is None else -float(found.fun)
