"""Proof that no composition of a phase lies below a plane of chemical potentials.

Loaded only when asked for; ordinary solving compiles nothing of it. The driving force of a phase,
taken per unit of size, is a convex entropy plus one quadratic on a polytope. The polytope is cut
into cells until a linear function that lies below the driving force on the whole cell is nowhere
below zero at the cell's vertices.
"""
