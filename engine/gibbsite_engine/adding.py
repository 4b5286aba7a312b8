"""How a phase joins an assemblage, and how two limbs of a solvus come apart and become one."""

import numpy as np

from ._jit import inner
from .dense import total
from .layout import Conditions, Options, Phases
from .mixing import site_fraction
from .newton import State, append, remove
from .search import SearchWork, distance
from .solution import potentials


@inner
def join_twins(phases: Phases, state: State, options: Options):
    """Join instances of a phase whose compositions have met; return whether there were any.

    The limbs of a solvus become one at its crest, and Newton's method is content with two that are
    equal. Limbs this near lower the energy by less than rounding does.
    """
    for j in range(state.number[0] - 1, 0, -1):
        k, p = state.phase[j], state.proportions[j]
        for m in range(j):
            q = state.proportions[m]
            if state.phase[m] == k and distance(phases, k, p, q) < options.twins:
                a, b = state.amount[m], state.amount[j]
                if a + b > 0.0:
                    for i in range(phases.n_endmembers[k]):
                        q[i] += (p[i] - q[i]) * b / (a + b)
                state.amount[m] = a + b
                remove(state, j)
                return True
    return False


@inner
def same_composition(phases: Phases, k, other):
    """Whether two pure phases are of one composition, and mol of `other` per mol of k."""
    scale = total(phases.composition[k, 0]) / total(phases.composition[other, 0])
    for c in range(phases.composition.shape[2]):
        difference = phases.composition[k, 0, c] - scale * phases.composition[other, 0, c]
        if abs(difference) > 1e-12:
            return False, scale
    return True, scale


@inner
def reach(phases: Phases, k, here, p):
    """How far one may go from `here` away from p, in parts of the way to p; at most 1."""
    f = 1.0
    for s in range(phases.n_species[k]):
        now, then = site_fraction(phases, k, s, here), site_fraction(phases, k, s, p)
        if then > now:
            f = min(f, 0.7 * now / (then - now))
    return f


@inner
def go_beyond(phases: Phases, k, here, p, f, other):
    """Fill other = here - f (p - here)."""
    for i in range(phases.n_endmembers[k]):
        other[i] = here[i] - f * (p[i] - here[i])


@inner
def lever(phases: Phases, conditions: Conditions, k, here, p, search: SearchWork):
    """Go as far beyond `here` as makes a mixture of that and p of the same bulk lie lowest.

    Fills search.p; search.base must be set. Returns how far, f: f of p and 1 of the other balance
    1 + f of what is here. It is 0 where nothing lies lower.
    """
    other, base = search.p, search.base
    f, best, lowest = reach(phases, k, here, p), 0.0, -1e-12
    of_here = potentials(phases, k, conditions, base, here, search.phase)
    of_p = potentials(phases, k, conditions, base, p, search.phase)
    for _ in range(10):
        go_beyond(phases, k, here, p, f, other)
        mixed = f * of_p + potentials(phases, k, conditions, base, other, search.phase)
        change = mixed / (1.0 + f) - of_here
        if change < lowest:
            best, lowest = f, change
        f *= 0.5
    go_beyond(phases, k, here, p, best, other)
    return best


@inner
def split(
    phases: Phases, conditions: Conditions, state: State, options: Options, j, p, trace,
    search: SearchWork,
):  # fmt: skip
    """Split instance j into p and a composition on its other side, conserving mass.

    A limb of a solvus added in a trace takes the place of the first, or vanishes; of two that
    together lie lower than the one Newton's method keeps both. A trace is left where none do.
    """
    k, a = state.phase[j], state.amount[j]
    f = lever(phases, conditions, k, state.proportions[j], p, search)
    amount = a * f / (1.0 + f) if f > 0.0 else trace
    if not append(state, k, amount, p, 2 * options.lives):
        return False
    for i in range(phases.n_endmembers[k]):
        state.proportions[j, i] = search.p[i]
    state.amount[j] = a / (1.0 + f)
    state.lives[j] = 2 * options.lives
    return True


@inner
def add_phase(
    phases: Phases, conditions: Conditions, state: State, options: Options, phase, p, amount,
    search: SearchWork,
):  # fmt: skip
    """Add a phase to the assemblage.

    A pure phase takes the place of one of its composition, and a second limb of a phase splits
    the instance nearest to it.
    """
    nearest, gap = -1, np.inf
    for j in range(state.number[0]):
        k = state.phase[j]
        if k == phase:
            d = distance(phases, k, p, state.proportions[j])
            if d < gap:
                nearest, gap = j, d
        if phases.n_endmembers[k] == 1 and phases.n_endmembers[phase] == 1:
            same, scale = same_composition(phases, k, phase)
            if same:
                replaced = state.amount[j] * scale
                remove(state, j)
                return append(state, phase, replaced, p, 0)
    if nearest >= 0 and state.amount[nearest] > 0.0:
        return split(phases, conditions, state, options, nearest, p, amount, search)
    return append(state, phase, amount, p, options.lives)
