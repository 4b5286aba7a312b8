"""
A basalt and its water
======================

From the dry rock to one with 4 wt% water at 3 kbar: the axis between two rocks is the water content.
"""

import gibbsite as gb

section = gb.Section.temperature_composition(
    gb.bulk("n-morb", ferric=0.15, name="dry", ignore="outside"),
    gb.bulk("n-morb", ferric=0.15, water=4.0, name="4 wt% water", ignore="outside"),
    pressure_kbar=3.0,
    temperature_C=(750.0, 1250.0, 41),
    steps=31,
    title="N-MORB, dry to 4 wt% water, 3 kbar",
    database="G25",
)
gb.compute(section, "hydrous_basalt.h5", overwrite=True).close()
figure = gb.plot("hydrous_basalt.h5", width_mm=140.0, names="warr")
