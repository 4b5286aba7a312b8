"""
A peridotite and its oxygen
===========================

From no ferric iron to a tenth of it at 10 kbar: the axis between two rocks is the oxygen beyond FeO.
"""

import gibbsite as gb

section = gb.Section.temperature_composition(
    gb.bulk("klb-1", name="ferrous"),
    gb.bulk("klb-1", ferric=0.1, name="10 % of the iron ferric"),
    pressure_kbar=10.0,
    temperature_C=(1100.0, 1500.0, 33),
    steps=25,
    title="KLB-1, oxygen beyond FeO, 10 kbar",
    database="W24",
)
gb.compute(section, "peridotite_oxygen.h5", overwrite=True).close()
figure = gb.plot("peridotite_oxygen.h5", width_mm=140.0, exact=True)
