"""
Styles
======

The same section in the styles ``warm``, ``grey`` and ``lines``.
"""

import gibbsite as gb

section = gb.Section.pressure_temperature(
    gb.bulk("n-morb"),
    pressure_kbar=(1.0, 20.0, 31),
    temperature_C=(1050.0, 1400.0, 41),
    title="Mid-ocean-ridge basalt, dry",
    database="T21-Su26",
)
gb.compute(section, "styles.h5", overwrite=True).close()
gb.trace("styles.h5")
warm = gb.plot("styles.h5", width_mm=110.0, style="warm")

# %%
# For print without colour:

grey = gb.plot("styles.h5", width_mm=110.0, style="grey")

# %%
# Without shades:

lines = gb.plot("styles.h5", width_mm=110.0, style="lines", isopleths={}, names="full")
