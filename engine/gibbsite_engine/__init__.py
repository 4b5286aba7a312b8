"""Numerics of gibbsite: standard energies, solution models, the minimiser and the sweep.

Everything here works on flat float64 arrays in kJ, kbar, K and mol, knows no names, reads no files
and raises nothing: each kernel returns a status. The hot loop is `sweep.sweep`.

What the letters of the kernels are, phase k having I end-members and S site species, of C components:
    p       (I) proportions of its end-members, of sum 1
    y       (S) site fractions, y = occupancy @ p
    q       (I, I) interaction energies Q at P and T, kJ/mol; `Conditions.interaction`
    g0      (I) standard energies of its end-members at P and T, kJ/mol
    gamma   (C) chemical potentials of the components, kJ/mol
    base    (I) g0 - C'Gamma: energies above the plane, so that potentials become driving forces
    mu      (I) chemical potentials of its end-members, or mu - C'Gamma where `base` is given
    d       driving force p.(mu - C'Gamma), kJ per mole of formula; below zero it is to be added
    size    V = v.p of the asymmetric formalism; pqp is p'Q p
    pw      the workspace of one phase, see `phase_work`
"""
