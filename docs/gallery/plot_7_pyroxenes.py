"""
Pyroxenes of a cooling rock
===========================

Augite and pigeonite in the quadrilateral of their compositions: the gap between the two opens on cooling.
"""

import matplotlib.figure
import numpy as np

import gibbsite as gb

temperature = np.linspace(800.0, 1100.0, 61)
points = gb.equilibria(
    gb.bulk("high-ti-glass"), pressure_kbar=1.0, temperature_C=temperature, database="T21-Su26"
)

figure = matplotlib.figure.Figure(figsize=(5.0, 3.2), layout="constrained")
axes = figure.add_subplot(xlabel="Fs (mol%)", ylabel="Wo (mol%)", title="High-Ti glass, 1 kbar")
for instance in (0, 1):
    moles = points.gb.phase("cpx", instance=instance)["phase_composition_mol"]
    ca, fe, mg = (moles.sel(component=oxide) for oxide in ("CaO", "FeO", "MgO"))
    drawn = axes.scatter(
        100.0 * fe / (ca + fe + mg),
        100.0 * ca / (ca + fe + mg),
        c=temperature,
        cmap="cividis",
        s=10,
    )
axes.set(xlim=(0.0, 100.0), ylim=(0.0, 50.0))
figure.colorbar(drawn, label="Temperature (°C)")
