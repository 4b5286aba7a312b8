"""Solution models once more, slowly: from the published form, in amounts, with plain NumPy.

Nothing of the engine is used. Chemical potentials are derivatives of G by complex steps (exact to
rounding: there is no difference of near numbers), so that no formula of theirs appears twice.
"""

import numpy as np

STEP = 1e-40


def energy(model, standard, n, pressure, temperature, gas_constant):
    """G in kJ of amounts n (..., i) of end-members, real or complex, inside the polytope."""
    total = n.sum(axis=-1)
    y = n @ model.occupancy.T
    ideal = (model.multiplicity * y * np.log(y / total[..., None])).sum(axis=-1)
    ideal = ideal + n @ model.log_constant
    w = model.interaction @ np.array([1.0, temperature, pressure])
    volume = n @ model.size
    excess = 0.0 * total
    for i, j in zip(*np.nonzero(np.triu(w, 1)), strict=True):
        v, u = model.size[i], model.size[j]
        excess = excess + n[..., i] * n[..., j] * w[i, j] * 2 * v * u / ((v + u) * volume)
    return n @ standard + gas_constant * temperature * ideal + excess


def potentials(model, standard, p, pressure, temperature, gas_constant):
    """Chemical potentials, kJ/mol, of proportions p."""
    steps = p + 1j * STEP * np.eye(len(p))
    return energy(model, standard, steps, pressure, temperature, gas_constant).imag / STEP


def random_proportions(corners, rng, count, evenness=1.0):
    """Mixtures of the vertices of a polytope, all of its interior; small `evenness`: near edges."""
    weights = rng.gamma(evenness, size=(count, len(corners))) + 1e-6
    return weights / weights.sum(axis=1, keepdims=True) @ corners
