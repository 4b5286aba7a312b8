"""The flat arrays that cross into the kernels: what a system is, and the tolerances.

Phases are padded to a common size, so that one index reaches a phase: `composition[k, i, c]` is the
amount of component c in end-member i of phase k. Entries beyond `n_endmembers[k]` are zero.
Sizes: K phases, I end-members at most, S site species at most, C components, J seed compositions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._jit import table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# Equations of state and order-disorder transitions of an end-member.
TAIT_SOLID, TAIT_MELT, IDEAL_GAS, PITZER_STERNER, CORK = range(5)
NO_TRANSITION, LANDAU, BRAGG_WILLIAMS = 0, 1, 2
EQUILIBRIUM, ORDERED, DISORDERED = 0, 1, 2


ZERO_C = 273.15
"""K"""
SATURATED = -1e-6
"""kJ/mol: a given potential so little above saturation is saturation, rounded."""


def n_slots(components: int) -> int:
    """Return the most phase instances of an answer: as many as meet at an invariant point."""
    return components + 2


@table
class Endmembers(NamedTuple):
    """End-members of the data set, each in one state of order; n of them."""

    enthalpy: Floats
    """(n) kJ/mol, of formation from the elements at the reference state."""
    entropy: Floats
    """(n) kJ/(K mol), third law."""
    volume: Floats
    """(n) kJ/(kbar mol)."""
    heat_capacity: Floats
    """(n, 4) a, b, c, d of Cp = a + b T + c/T^2 + d/sqrt(T), kJ/(K mol)."""
    expansivity: Floats
    """(n) 1/K at the reference state."""
    bulk_modulus: Floats
    """(n, 3) kbar, 1, 1/kbar: kappa, kappa', kappa''."""
    bulk_modulus_slope: Floats
    """(n) kbar/K, d kappa/dT of a melt, zero for a solid."""
    einstein: Floats
    """(n) K, Einstein temperature."""
    equation: Ints
    """(n) TAIT_SOLID, TAIT_MELT, IDEAL_GAS, PITZER_STERNER or CORK."""
    fluid: Ints
    """(n) which row of `fluids` belongs to a fluid; 0 for the others."""
    fluids: Floats
    """(F, 10, 6) coefficients c1 to c10 of Pitzer & Sterner, cm3 and mol, as what multiplies
    T^-4, T^-2, T^-1, 1, T, T^2; of CORK Tc (K) and Pc (kbar) as the first two."""
    transition: Ints
    """(n) NO_TRANSITION, LANDAU or BRAGG_WILLIAMS."""
    transition_parameters: Floats
    """(n, 6) Tc, Smax, Vmax or dH, dV, W, WV, n, factor."""
    order_samples: Floats
    """(n, 3, 29) of a Bragg-Williams transition samples of the disorder, the mixing there, and ln e."""
    state: Ints
    """(n) EQUILIBRIUM, ORDERED or DISORDERED."""
    reference_temperature: float
    """K"""
    reference_pressure: float
    """kbar"""
    gas_constant: float
    """kJ/(K mol)"""


@table
class Makes(NamedTuple):
    """Standard energy of a phase's end-member as a sum over data-set end-members.

    g0[k, i] = sum_t coefficient[t] G[endmember[t]] + a + b T + c P, see `factors`, terms t of (k, i)
    being start[k, i] <= t < start[k, i] + number[k, i].
    """

    start: Ints
    number: Ints
    endmember: Ints
    coefficient: Floats
    energy: Floats
    """(K, I, 3) a, b, c in kJ/mol, kJ/(K mol), kJ/(kbar mol)."""


@table
class Opened(NamedTuple):
    """Components whose potential is given instead of their amount, O of them.

    They are no components of the bulk: what of them a phase holds lowers its standard energy,
    mu = sum over data-set end-members + a + b T + c P being given. `Conditions.g0` has it in.
    """

    amount: Floats
    """(K, I, O) mol of component per mol of end-member."""
    make: Floats
    """(O, n) coefficients of the data-set end-members."""
    energy: Floats
    """(O, 3) a, b, c in kJ/mol, kJ/(K mol), kJ/(kbar mol)."""
    limit_amount: Floats
    """(L, O) mol of component per mol of what holds nothing else: saturation with it is the limit."""
    limit_make: Floats
    """(L, n)"""
    limit_energy: Floats
    """(L, 3) mixing included."""


@table
class Phases(NamedTuple):
    """Solution models (and pure phases, which have one end-member) as numbers."""

    n_endmembers: Ints
    """(K)"""
    n_species: Ints
    """(K) site species; 0 for a pure phase."""
    composition: Floats
    """(K, I, C) mol of component per mol of end-member."""
    contents: Floats
    """(K, C, I) the same, for sums over components."""
    multiplicity: Floats
    """(K, S) m of a site species; may be -1 for a total of cations in a melt."""
    total: Ints
    """(K, S) the species of m < 0 that is the sum of this one and others, itself of that; else -1."""
    occupancy: Floats
    """(K, S, I) y = occupancy @ p."""
    occupied_count: Ints
    """(K, S) how many end-members carry a species."""
    occupied: Ints
    """(K, S, I) which end-members carry it."""
    entropy_weight: Floats
    """(K, I, S) m_s S_si, the power of y_s in the activity of i."""
    size: Floats
    """(K, I) van Laar size v, 1 for symmetric models."""
    log_constant: Floats
    """(K, I) ln c of the activity."""
    interaction: Floats
    """(K, I, I, 3) a, b, c of Q = 2 v_i v_j W_ij/(v_i + v_j), kJ/mol."""
    atoms: Floats
    """(K, I) atoms per mol of end-member."""


@table
class Seeds(NamedTuple):
    """Compositions that cover the polytope of each phase, grouped in clusters of one phase.

    The energy of a fixed composition is linear in a few functions of P and T; see `factors`.
    """

    proportions: Floats
    """(J, I)"""
    transposed: Floats
    """(I, J) the same, for pricing all seeds in one product."""
    composition: Floats
    """(J, C)"""
    features: Floats
    """(F, J) s, a, b, c; see `factors`."""
    sites: Floats
    """(J, S) site fractions."""
    size: Floats
    """(J) V = v.p."""
    start: Ints
    """(K + 1) seeds of phase k: start[k] <= j < start[k + 1]."""
    cluster_start: Ints
    """(L + 1) seeds of cluster l."""
    cluster_phase: Ints
    """(L)"""
    phase_cluster: Ints
    """(K + 1) clusters of phase k."""
    centre: Floats
    """(K, I) an interior composition, the mean of the vertices."""
    margin: Floats
    """(L) kJ/mol: a minimum below the plane may lie below the best seed of a cluster only where
    that is lower than this; of a cover, see `seeds.far_above`."""
    gap: Floats
    """(K) kJ/mol: how far above a minimum the lowest seed may lie."""


@table
class Bounds(NamedTuple):
    """Extremes over the polytope of each phase, for bounds on a driving force."""

    vertices: Floats
    """(N, I)"""
    vertex_start: Ints
    """(K + 1)"""
    ends: Floats
    """(K, F, 2) least and greatest of each feature, see `factors`."""
    mixing: Floats
    """(2, N) at the vertices what bounds s from above, s itself, which any mixture of them lies below,
    and from below, the tangent at the middle of the polytope."""
    known: Booleans
    """(K) whether every term has bounds; of a phase without nothing is skipped or proved."""


@table
class Lattice(NamedTuple):
    """Standard energies of the data-set end-members as polynomials, in M cells; see `lattice`."""

    cell: Ints
    """(NP, NT) row of the cell at these numbers along P and T below, or -1."""
    coefficients: Floats
    """(M, 6, 7, n) of G, kJ/mol, highest powers first."""
    exact: Booleans
    """(M, n) what is not told by these."""


@table
class System(NamedTuple):
    """All that the kernels know of a database reduced to the components of a bulk."""

    endmembers: Endmembers
    lattice: Lattice
    makes: Makes
    opened: Opened
    phases: Phases
    seeds: Seeds
    """Where to look first; learnt ones know only what a sample showed."""
    cover: Seeds
    """Seeds that cover every polytope: what a search complete in itself descends from."""
    bounds: Bounds


@table
class Points(NamedTuple):
    """Points to be solved, n of them."""

    pressure: Floats
    """(n) kbar."""
    temperature: Floats
    """(n) K."""
    bulk: Floats
    """(n, C) mol per mole of oxides, all positive."""


@table
class Conditions(NamedTuple):
    """Everything that depends on pressure and temperature only; filled by `standard.conditions`."""

    g0: Floats
    """(K, I) standard energies less those of opened components, kJ/mol."""
    s0: Floats
    """(K, I) entropy of the end-member itself, kJ/(K mol)."""
    v0: Floats
    """(K, I) volume of the end-member itself, kJ/(kbar mol)."""
    slopes: Floats
    """(2, K, I) -dg0/dT, dg0/dP, in which the slopes of given potentials are; s0 and v0 where none
    is given."""
    opened: Floats
    """(O, 3) potential of each opened component, kJ/mol, its -d/dT and d/dP."""
    interaction: Floats
    """(K, I, I) Q at P and T, kJ/mol."""
    factors: Floats
    """(F) what energies are linear in, see `factors`: RT in kJ/mol, 1, T in K, P in kbar."""
    factor_slopes: Floats
    """(2, F) what these change by with T and P."""
    endmember_g: Floats
    """(3, n) G, S, V of the data-set end-members."""
    cut: Floats
    """(2) P (kbar) and row of cells along T for which `along_T` holds; NaN for none."""
    along_T: Floats
    """(2, 7, n) G and its slope along P of data-set end-members at that P, see `lattice`."""
    weight: Floats
    """(2, 7) scratch: powers, and their slopes."""


@table
class Options(NamedTuple):
    """Tolerances and limits of the minimiser."""

    potential_tolerance: float = 1e-7
    """kJ/mol, largest |mu - C'Gamma| over the end-members of a present phase."""
    energy_tolerance: float = 1e-8
    """kJ/mol, largest driving force |p.mu - Gamma.C p| of a present phase."""
    mass_tolerance: float = 1e-10
    """mol per mole of oxides."""
    add_below: float = -1e-9
    """kJ per mole of formula: a phase lower than this is added."""
    same_composition: float = 0.02
    """Two compositions of a phase closer than this (in site fractions) are one."""
    twins: float = 1e-3
    """Two present instances of a phase closer than this are joined."""
    newton_steps: int = 40
    sure: float = 1e-4
    """kJ/mol: once the potentials are met so closely, a phase of negative amount has no lives."""
    unchanged_steps: int = 4
    """Steps without effect on the mass balance after which phases are given up as unable to meet it."""
    lost: float = 1e5
    """kJ/mol: a step that changes a potential by more comes from phases that cannot make up the
    bulk, and leads nowhere."""
    descent_steps: int = 60
    first_steps: int = 1
    """Newton steps of a descent from a seed between comparisons with the known minima."""
    rough_steps: int = 10
    """Newton steps of a descent whose minimum need not be exact."""
    rough_searches: int = 2
    """Descents a phase from seeds while the potentials are still far off."""
    rounds: int = 40
    """Rounds of column generation, and of adding phases."""
    trace: float = 1e-5
    """mol per mole of oxides: amount of a phase just added."""
    lives: int = 4
    """How often a phase just added may turn negative before it is dropped."""
    smoothing: float = 0.5
    """Weight of the last potentials where those of the linear programme jump about."""
    present_movement: float = 0.1
    """kJ/mol a driving force may have fallen before a phase that is present is looked at again."""
    soft: float = 0.05
    """A present composition of less curvature, in parts of that of ideal mixing, is soft: near the
    crest of a solvus a second limb splits from the first while hardly anything moves."""
    yielding: float = 0.25
    """A minimum of less curvature may have another beside it, though the driving force falls to it
    from all around."""
    hidden: float = 5.0
    """kJ/mol, how much lower that is at most: seeds of what lies deeper are lower than the minimum, and
    not on its slope."""
    soft_movement: float = 0.01
    """kJ/mol, the same as `present_movement` for a phase with a soft composition."""
    soft_descents: int = 4
    """Descents from a cluster of a cover where a present composition is soft."""
    look_below: float = 1.0
    """kJ/mol: a descent from a neighbour's seeds that will end above this is given up."""
    hopeless: float = 20.0
    """kJ/mol: a descent that will end above this is given up."""
    exchange_distance: float = 0.03
    """Neighbours whose compositions differ by more (in site fractions) exchange assemblages."""
    gain: float = 1e-11
    """kJ per mole of oxides by which an offered assemblage must be lower."""
    skip: bool = True
    """Whether phases that cannot have come below the plane are skipped."""
    enclose: bool = True
    """Whether a search all over lays cells around what is present, for searches of points nearby."""
    skip_above: float = 1e-6
    """kJ/mol: skipped is what stays above this."""
