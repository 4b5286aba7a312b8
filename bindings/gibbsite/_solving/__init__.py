"""From inputs to equilibria: one point, many points, the solidus, and their check."""
