"""Answers in the terms of whoever reads them: phases by id, instances in order, oxides, fractions."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import status as st
from ._jit import inner, kernel, table
from ._vectors import add_rows
from .layout import Booleans, Floats, Ints, Phases
from .results import Results

LEAST_AMOUNT = 1e-12
"""An instance below this [mol of formula per mole of oxides] is a limit of the arithmetic."""


@table
class Terms(NamedTuple):
    """The phases of a system as the reader has them: X components, E end-members at most."""

    id: Ints
    """(K) phase."""
    mass: Floats
    """(K, I) g per mol of end-member."""
    oxides: Floats
    """(K, I, X) mol of component per mol of end-member."""
    whole: Floats
    """(K, I, E) proportions of the reader's end-members in each of the system's."""
    potentials: Floats
    """(C, X) what potentials of the system add up to that of each component; NaN for none."""
    opened: Ints
    """(O) components whose potential is given."""
    given: Floats
    """(O, X) what given potentials add up to that of each component."""
    present: Ints
    """(C) components of the system."""
    order: Ints
    """(K, X) by which components instances of a phase are told apart, -1 beyond the last."""
    melt: Booleans
    """(K) whether it is a melt."""


@table
class Named(NamedTuple):
    """Variables of answers, n points, N slots; of `Results` what no reader knows is left out.

    Slots are sorted by phase, then by composition; beyond the last the phase is -1, the rest 0.
    """

    status: NDArray[np.int8]
    answered_by: NDArray[np.int8]
    iterations: NDArray[np.int16]
    excess_component: NDArray[np.int16]
    """(n) component in excess, -1 where none is."""
    phase_id: NDArray[np.int16]
    """(n, N)"""
    instance: NDArray[np.int8]
    """(n, N) number among those of its phase."""
    amount_mol: Floats
    """(n, N) mol of formula per mole of oxides."""
    mole_fraction: Floats
    """(n, N) of the oxides, as the two that follow of mass and volume."""
    mass_fraction: Floats
    volume_fraction: Floats
    proportions: Floats
    """(n, N, E)"""
    phase_composition_mol: Floats
    """(n, N, X) mole fractions."""
    bulk_mol: Floats
    """(n, X) mol per mole of oxides; what is taken up is written here."""
    chemical_potential: Floats
    """(n, X) kJ/mol"""
    gibbs_energy: Floats
    """(n) kJ per mole of oxides."""
    entropy: Floats
    """(n) kJ/K"""
    volume: Floats
    """(n) kJ/kbar"""
    density: Floats
    """(n) kg/m3"""
    optimality_residual: Floats
    mass_residual: Floats
    lowest_driving_force: Floats
    lowest_driving_force_phase: NDArray[np.int16]


@table
class NamingWork(NamedTuple):
    """Scratch for one point."""

    made: Floats
    """(N, X) oxides in each instance, mol per mol of formula."""
    slots: Ints
    """(N) instances in the order of their slots."""


def new_naming_work(slots: int, terms: Terms) -> NamingWork:
    """Scratch for so many instances."""
    return NamingWork(np.zeros((slots, terms.oxides.shape[2])), np.zeros(slots, np.int64))


@inner
def comes_after(k, other_k, order, made, other, of_sum):
    """Whether an instance belongs after another: by phase, empty ones last, then by composition.

    Instances of a phase on a solvus are numbered by falling amount of the first oxide of its order,
    of the second where that is the same, and so on.

    Parameters
    ----------
    k, other_k : int
        Their phases as the reader numbers them, -1 for none.
    order : (X,) array
        Of phase k, as in `Terms`.
    made, other : (X,) arrays
        Oxides in each.
    of_sum : bool
        Whether what counts is each in parts of their sum.
    """
    if k != other_k:
        return other_k >= 0 and (k < 0 or k > other_k)
    if k < 0:
        return False
    mine, its = 1.0, 1.0
    if of_sum:
        mine, its = made.sum(), other.sum()
    for x in range(order.size):
        c = order[x]
        if c < 0:
            break
        a, b = made[c] / mine, other[c] / its
        if a != b:
            return a < b
    return False


@kernel
def order_slots(order, phase_id, fractions, out, instance):
    """Fill the order of the slots of n points, and which instance each is.

    Parameters
    ----------
    order : (P, X) array
        By which components instances of each phase are told apart, -1 beyond the last.
    phase_id : (n, N) array
        -1 in slots that hold nothing.
    fractions : (n, N, X) array
        Of the oxides in each.
    out, instance : (n, N) arrays
        Filled: the slot that comes in each place, and its number among those of its phase.
    """
    for i in range(phase_id.shape[0]):
        for j in range(phase_id.shape[1]):
            k, at = phase_id[i, j], j
            while at > 0:
                before = out[i, at - 1]
                if not comes_after(
                    phase_id[i, before], k, order[k], fractions[i, before], fractions[i, j], False
                ):
                    break
                out[i, at] = before
                at -= 1
            out[i, at] = j
        for slot in range(phase_id.shape[1]):
            k = phase_id[i, out[i, slot]]
            same = slot > 0 and k >= 0 and k == phase_id[i, out[i, slot - 1]]
            instance[i, slot] = instance[i, slot - 1] + 1 if same else 0


@inner
def sort_slots(phases: Phases, terms: Terms, n, phase, amount, proportions, work: NamingWork):
    """Fill the oxides of n instances of a point and their order; how many are more than rounding."""
    made, slots, number = work.made, work.slots, 0
    for j in range(n):
        if amount[j] <= LEAST_AMOUNT:
            continue
        k = phase[j]
        for x in range(made.shape[1]):
            made[j, x] = 0.0
        count = phases.n_endmembers[k]
        add_rows(made[j], proportions[j], terms.oxides[k], count, made[j], made.shape[1])
        at = number
        while at > 0:
            before = slots[at - 1]
            if not comes_after(
                terms.id[phase[before]], terms.id[k], terms.order[k], made[before], made[j], True
            ):
                break
            slots[at] = before
            at -= 1
        slots[at] = j
        number += 1
    return number


@inner
def set_potentials(terms: Terms, gamma, out):
    """Fill the potentials of the reader's components from those of the system."""
    for x in range(out.size):
        total = 0.0
        for c in range(gamma.size):
            if terms.potentials[c, x] != 0.0:
                total += terms.potentials[c, x] * gamma[c]
        out[x] = total


@inner
def leave_empty(out: Named, row, slot):
    """Write that a slot holds nothing."""
    out.phase_id[row, slot] = -1
    out.instance[row, slot] = 0
    out.amount_mol[row, slot] = 0.0
    out.mole_fraction[row, slot] = 0.0
    out.mass_fraction[row, slot] = 0.0
    out.volume_fraction[row, slot] = 0.0
    for e in range(out.proportions.shape[2]):
        out.proportions[row, slot, e] = 0.0
    for x in range(out.phase_composition_mol.shape[2]):
        out.phase_composition_mol[row, slot, x] = 0.0


@inner
def name_slots(phases: Phases, terms: Terms, found: Results, i, row, work: NamingWork, out: Named):
    """Write the instances of point i into the slots of a row, amounts in place of fractions."""
    number = sort_slots(
        phases, terms, found.number[i], found.phase[i], found.amount[i], found.proportions[i], work
    )
    entropy, last, instance = 0.0, -1, 0
    for slot in range(out.phase_id.shape[1]):
        leave_empty(out, row, slot)
        if slot >= number:
            continue
        j = work.slots[slot]
        k, amount, mass, moles = found.phase[i, j], found.amount[i, j], 0.0, 0.0
        count, shares, whole = phases.n_endmembers[k], found.proportions[i, j], terms.whole[k]
        for m in range(count):
            mass += shares[m] * terms.mass[k, m]
        target = out.proportions[row, slot]
        add_rows(target, shares, whole, count, target, whole.shape[1])
        for x in range(work.made.shape[1]):
            moles += work.made[j, x]
        for x in range(work.made.shape[1]):
            out.phase_composition_mol[row, slot, x] = work.made[j, x] / moles
        instance = instance + 1 if k == last else 0
        out.phase_id[row, slot] = terms.id[k]
        out.instance[row, slot] = instance
        out.amount_mol[row, slot] = amount
        out.mole_fraction[row, slot] = amount * moles
        out.mass_fraction[row, slot] = amount * mass
        out.volume_fraction[row, slot] = amount * found.molar[i, j, 0]
        entropy += amount * found.molar[i, j, 1]
        last = k
    out.entropy[row] = entropy
    return number


@inner
def to_fractions(values, number):
    """Divide the first numbers by their sum, which is returned."""
    total = 0.0
    for j in range(number):
        total += values[j]
    for j in range(number):
        values[j] /= total
    return total


@inner
def take_up(terms: Terms, found: Results, i, row, number, work: NamingWork, out: Named):
    """Write what a rock holds of opened components, and count it in potentials and energy."""
    for o in range(terms.opened.size):
        mu, c, held, all_held = found.given[i, o], terms.opened[o], 0.0, 0.0
        for slot in range(number):
            j = work.slots[slot]
            held += found.amount[i, j] * work.made[j, c]
            for x in range(work.made.shape[1]):
                all_held += found.amount[i, j] * work.made[j, x] * terms.given[o, x]
        out.bulk_mol[row, c] = held
        out.gibbs_energy[row] += mu * all_held
        for x in range(work.made.shape[1]):
            out.chemical_potential[row, x] += terms.given[o, x] * mu


@inner
def name_outcome(terms: Terms, found: Results, i, bulk, row, out: Named):
    """Write how point i ended, and what was asked there: nothing of what is open."""
    out.status[row] = found.status[i]
    out.answered_by[row] = found.answered_by[i]
    out.iterations[row] = found.iterations[i]
    excess = found.excess[i]
    out.excess_component[row] = terms.present[excess] if excess >= 0 else -1
    for x in range(bulk.size):
        out.bulk_mol[row, x] = bulk[x]
    for o in range(terms.opened.size):
        out.bulk_mol[row, terms.opened[o]] = 0.0


@kernel
def name_answers(
    phases: Phases, terms: Terms, found: Results, bulk, inside, where, work: NamingWork, out: Named
):
    """Write the answers of one system into the variables of all points; numbers of certified ones.

    Parameters
    ----------
    bulk : (m, X) array
        mol per mole of oxides.
    inside : (m, C) array
        Bulks in the system's components.
    where : (m) array of int
        Places of these points in `out`.
    """
    for i in range(where.size):
        row = where[i]
        name_outcome(terms, found, i, bulk[i], row, out)
        if found.status[i] != st.CERTIFIED:
            continue
        number = name_slots(phases, terms, found, i, row, work, out)
        to_fractions(out.mole_fraction[row], number)
        mass = to_fractions(out.mass_fraction[row], number)
        volume = to_fractions(out.volume_fraction[row], number)
        set_potentials(terms, found.gamma[i], out.chemical_potential[row])
        energy = 0.0
        for c in range(inside.shape[1]):
            energy += found.gamma[i, c] * inside[i, c]
        out.gibbs_energy[row] = energy
        take_up(terms, found, i, row, number, work, out)
        out.volume[row] = volume
        out.density[row] = 100.0 * mass / volume  # g over kJ/kbar, which is 10 cm3, to kg/m3
        out.optimality_residual[row] = found.residuals[i, 0]
        out.mass_residual[row] = found.residuals[i, 2]
        out.lowest_driving_force[row] = found.residuals[i, 3]
        lowest = found.lowest_phase[i]
        out.lowest_driving_force_phase[row] = terms.id[lowest] if lowest >= 0 else -1
