"""
Modes along a line
==================

What a rock is made of as it is heated: a list of points instead of a grid, and matplotlib's own stacked areas.
"""

import matplotlib.figure
import numpy as np

import gibbsite as gb

temperature = np.linspace(1050.0, 1350.0, 151)
points = gb.equilibria(
    gb.bulk("n-morb"), pressure_kbar=5.0, temperature_C=temperature, database="W24"
)

# %%
# The phases that occur anywhere, and how much of each there is:

phases = [str(key) for key in points["phase_name"].values if points.gb.mode(key).max() > 0.0]
modes = [100.0 * points.gb.mode(phase) for phase in phases]

figure = matplotlib.figure.Figure(figsize=(5.5, 3.5), layout="constrained")
axes = figure.add_subplot(xlabel="Temperature (°C)", ylabel="Mode (vol%)")
axes.stackplot(temperature, modes, labels=phases, colors=["0.35", "0.5", "0.62", "0.74", "0.85"])
axes.set(xlim=(1050.0, 1350.0), ylim=(0.0, 100.0), title="Mid-ocean-ridge basalt, 5 kbar")
axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), reverse=True)
