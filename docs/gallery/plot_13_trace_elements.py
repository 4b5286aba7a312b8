"""
Trace elements of melts from a rising mantle
============================================

Depleted mantle rises from the stability field of garnet and melts by fractions: each melt, and all of them pooled.
"""

import matplotlib
import matplotlib.figure
import numpy as np

import gibbsite as gb

run = gb.path(
    gb.bulk("pyrolite-ncfmas"),
    pressure_kbar=(30.0, 8.0),
    temperature_C=(1520.0, 1330.0),
    direction="melting",
    largest_share=0.01,
    step_kbar=0.5,
    step_C=5.0,
    until_melt_fraction=0.15,
    database="T21",
)
elements = ["La", "Ce", "Pr", "Nd", "Sm", "Eu", "Tb", "Dy", "Er", "Yb", "Lu"]
traced = gb.trace_elements(
    run, "depleted-mantle-2005", elements=elements, partition="gibson-geist-2010"
)
mantle = traced.solid_total_trace.isel(step=0)

figure = matplotlib.figure.Figure(figsize=(5.6, 3.6), layout="constrained")
axes = figure.add_subplot(ylabel="Melt / mantle", yscale="log", title="Rising depleted mantle")
places = np.arange(len(elements))
melted = traced.melt_fraction.values
for share in (0.01, 0.03, 0.06, 0.12):
    step = int(np.argmax(melted >= share))
    shade = matplotlib.colormaps["cividis"](share / 0.13)
    pressure = float(traced.pressure_kbar[step])
    label = f"{100.0 * share:g} % molten, {pressure:.1f} kbar"
    axes.plot(places, traced.melt_trace[step] / mantle, color=shade, label=label)
    axes.plot(places, traced.melt_total_trace[step] / mantle, "--", color=shade)
axes.plot([], [], "--", color="0.4", label="pooled so far")
axes.set(xticks=places, xticklabels=elements, ylim=(0.01, 200.0))
axes.legend(frameon=False, fontsize=8)
