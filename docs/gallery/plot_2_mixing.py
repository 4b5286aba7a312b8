"""
From one rock to another
========================

Mixtures of an ilmenite-bearing cumulate and a high-titanium glass, at 3 kbar. The picture has the width of a
column: most fields have no room for their names and are numbered.
"""

import gibbsite as gb

section = gb.Section.temperature_composition(
    gb.bulk("average-ibc"),
    gb.bulk("high-ti-glass"),
    pressure_kbar=3.0,
    temperature_C=(1000.0, 1300.0, 61),
    steps=41,
    title="Average IBC to high-Ti glass, 3 kbar",
    database="T21-Su26",
)
gb.compute(section, "mixing.h5", overwrite=True).close()
gb.trace("mixing.h5")  # solves for the lines, and adds them to the file
figure = gb.plot("mixing.h5", width_mm=88.0)
