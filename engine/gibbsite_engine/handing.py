"""Answers of nodes put into the buffers of whoever asks, instances sorted into slots."""

import numpy as np

from . import status as st
from ._jit import inner, kernel
from .assemblages import Assemblages
from .dense import copy
from .equilibrium import bulk_energy
from .naming import LEAST_AMOUNT, set_potentials, sort_slots
from .nodes import Answers, Nodes, Task


@inner
def leave_open(out: Answers, node):
    """Leave no number where there is no answer."""
    for j in range(out.phase_id.shape[1]):
        out.phase_id[node, j] = -1
        out.amount_mol[node, j] = np.nan
        out.mass_fraction[node, j] = np.nan
        out.volume_fraction[node, j] = np.nan
        if out.composition_mol.shape[0] > 0:
            for x in range(out.composition_mol.shape[2]):
                out.composition_mol[node, j, x] = np.nan
    for x in range(out.chemical_potential_kJ_mol.shape[1]):
        out.chemical_potential_kJ_mol[node, x] = np.nan
    out.density_kg_m3[node] = np.nan
    out.entropy_J_kgK[node] = np.nan
    out.enthalpy_J_kg[node] = np.nan
    out.melt_mass_fraction[node] = np.nan
    out.melt_volume_fraction[node] = np.nan


@inner
def hand_slot(task: Task, row, j, slot, node, out: Answers):
    """Write instance j of a node into a slot; its mass [g], volume [kJ/kbar] and entropy [kJ/K]."""
    nodes, terms, made = task.nodes, task.terms, task.naming.made
    k, amount, mass = nodes.phase[row, j], nodes.amount[row, j], 0.0
    for i in range(task.system.phases.n_endmembers[k]):
        mass += nodes.proportions[row, j, i] * terms.mass[k, i]
    out.phase_id[node, slot] = terms.id[k]
    out.amount_mol[node, slot] = amount
    out.mass_fraction[node, slot] = amount * mass
    out.volume_fraction[node, slot] = amount * nodes.molar[row, j, 0]
    if out.composition_mol.shape[0] > 0:
        total = 0.0
        for x in range(made.shape[1]):
            total += made[j, x]
        for x in range(made.shape[1]):
            out.composition_mol[node, slot, x] = made[j, x] / total
    return amount * mass, amount * nodes.molar[row, j, 0], amount * nodes.molar[row, j, 1]


@inner
def hand_out(task: Task, row, node, out: Answers):
    """Write the answer of a node into the buffers, in the terms of who reads them."""
    nodes, terms = task.nodes, task.terms
    out.status[node] = nodes.status[row]
    if nodes.status[row] != st.CERTIFIED:
        leave_open(out, node)
        return
    order, slots = task.naming.slots, out.phase_id.shape[1]
    number = sort_slots(
        task.system.phases, terms, nodes.number[row], nodes.phase[row], nodes.amount[row],
        nodes.proportions[row], task.naming,
    )  # fmt: skip
    mass, volume, entropy = 0.0, 0.0, 0.0
    for slot in range(number):
        of = hand_slot(task, row, order[slot], slot, node, out)
        mass += of[0]
        volume += of[1]
        entropy += of[2]
    melt_mass, melt_volume = 0.0, 0.0
    for slot in range(slots):
        if slot >= number:
            out.phase_id[node, slot] = -1
            out.amount_mol[node, slot] = 0.0
            out.mass_fraction[node, slot] = 0.0
            out.volume_fraction[node, slot] = 0.0
            if out.composition_mol.shape[0] > 0:
                for x in range(out.composition_mol.shape[2]):
                    out.composition_mol[node, slot, x] = 0.0
            continue
        out.mass_fraction[node, slot] /= mass
        out.volume_fraction[node, slot] /= volume
        if terms.melt[nodes.phase[row, order[slot]]]:
            melt_mass += out.mass_fraction[node, slot]
            melt_volume += out.volume_fraction[node, slot]
    energy = bulk_energy(nodes.gamma[row], nodes.bulk[row])
    set_potentials(terms, nodes.gamma[row], out.chemical_potential_kJ_mol[node])
    out.density_kg_m3[node] = 100.0 * mass / volume  # 1 kJ/kbar is 10 cm3
    out.entropy_J_kgK[node] = 1e6 * entropy / mass
    out.enthalpy_J_kg[node] = 1e6 * (energy + nodes.temperature[row] * entropy) / mass
    out.melt_mass_fraction[node] = melt_mass
    out.melt_volume_fraction[node] = melt_volume


@kernel
def bring_nodes(nodes: Nodes, first, last, out: Assemblages):
    """Fill the assemblages of nodes first <= row < last without what is no more than rounding; none beyond."""
    for point in range(last - first, out.number.size):
        out.number[point] = 0
    for row in range(first, last):
        point, number = row - first, 0
        out.pressure[point], out.temperature[point] = nodes.pressure[row], nodes.temperature[row]
        for j in range(nodes.number[row]):
            if nodes.amount[row, j] <= LEAST_AMOUNT:
                continue
            out.phase[point, number] = nodes.phase[row, j]
            out.amount[point, number] = nodes.amount[row, j]
            copy(nodes.proportions[row, j], out.proportions[point, number])
            number += 1
        out.number[point] = number


@kernel
def hand_properties(task: Task, first, last, relaxed, out: Answers):
    """Write what follows from the second derivatives of the energy at equilibrium into the buffers.

    Parameters
    ----------
    relaxed : (last - first, 3) array
        G_TT, G_TP, G_PP of nodes first <= row < last, per mole of oxides; NaN where there are none.
    """
    nodes = task.nodes
    for row in range(first, last):
        node, volume = task.place[row], 0.0
        for j in range(nodes.number[row]):
            volume += nodes.amount[row, j] * nodes.molar[row, j, 0]
        mass = 0.01 * out.density_kg_m3[node] * volume  # g
        tt, tp, pp = relaxed[row - first, 0], relaxed[row - first, 1], relaxed[row - first, 2]
        out.heat_capacity_J_kgK[node] = -1e6 * nodes.temperature[row] * tt / mass
        out.alpha_per_K[node] = tp / volume
        out.beta_per_kbar[node] = -pp / volume
