"""Properties of answers: first and second derivatives of the energy, moduli, velocities."""
