"""Proof that an equilibrium is the global minimum, or a composition that shows it is not."""
