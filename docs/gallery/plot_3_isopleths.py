"""
Isopleths of mode and composition
=================================

KLB-1 peridotite without water: how much melt there is, how magnesian the olivine is, and how dense the rock.
Each quantity has its colour and dashes. Names are the symbols of Warr (2021).
"""

import gibbsite as gb

section = gb.Section.pressure_temperature(
    gb.bulk("klb-1"),
    pressure_kbar=(1.0, 30.0, 41),
    temperature_C=(1000.0, 1700.0, 51),
    title="KLB-1 peridotite, dry",
    database="T21-Su26",
)
gb.compute(section, "peridotite.h5", overwrite=True).close()
gb.trace("peridotite.h5")
figure = gb.plot(
    "peridotite.h5",
    width_mm=140.0,
    names="warr",
    isopleths={"liq": [10, 30, 50], "ol.Fo": [91, 92, 93], "density": [3200, 3250]},
)
