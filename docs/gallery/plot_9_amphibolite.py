"""
Melting of an amphibolite
=========================

A mid-ocean-ridge basalt with the water that its hornblende holds near the wet solidus. Clinopyroxene is the
model for high temperature, ``aug``; garnet comes with pressure.
"""

import gibbsite as gb

basalt = gb.bulk(
    "n-morb", ferric=0.1, water=1.5, ignore="outside", name="N-MORB with 1.5 wt% water"
)
section = gb.Section.pressure_temperature(
    basalt,
    pressure_kbar=(2.0, 14.0, 31),
    temperature_C=(600.0, 1000.0, 41),
    title="N-MORB with 1.5 wt% water",
    database="G16",
    choose=["aug"],
)
gb.compute(section, "amphibolite.h5", overwrite=True).close()
figure = gb.plot("amphibolite.h5", width_mm=180.0, names="warr", exact=True)
