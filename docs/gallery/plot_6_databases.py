"""
Databases side by side
======================

Melting of a peridotite at 10 kbar with each of the databases that are shipped. The difference between them is
what no line of a diagram shows.
"""

import matplotlib.figure
import numpy as np

import gibbsite as gb

temperature = np.linspace(1150.0, 1650.0, 101)
figure = matplotlib.figure.Figure(figsize=(4.5, 3.5), layout="constrained")
axes = figure.add_subplot(xlabel="Temperature (°C)", ylabel="Melt (wt%)", title="KLB-1, 10 kbar")
for name, dashes in zip(("T21", "T21-Su26", "W24", "G25"), ("-", "--", "-.", ":"), strict=True):
    points = gb.equilibria(
        gb.bulk("klb-1"), pressure_kbar=10.0, temperature_C=temperature, database=name
    )
    axes.plot(temperature, 100.0 * points.gb.mode("liq", kind="mass"), dashes, label=name)
axes.legend()
