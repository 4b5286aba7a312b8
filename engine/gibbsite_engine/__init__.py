"""Numerics of gibbsite: standard energies, solution models, the minimiser and the sweep.

Everything here works on flat float64 arrays in kJ, kbar, K and mol, knows no names, reads no files
and raises nothing: each kernel returns a status. The hot loop is `sweep.sweep`.
"""
