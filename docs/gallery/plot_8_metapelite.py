"""
A metapelite through pressure and temperature
=============================================

An average pelite saturated with water: garnet, staurolite and the aluminium silicates below the wet solidus,
and cordierite at low pressure. Above 4 kbar muscovite melts with plagioclase and quartz at the solidus, and the aluminium silicate grows.
"""

import gibbsite as gb

pelite = gb.bulk(
    wt={
        "SiO2": 59.8,
        "TiO2": 0.9,
        "Al2O3": 17.2,
        "FeOT": 6.0,
        "MnO": 0.1,
        "MgO": 3.2,
        "CaO": 1.3,
        "Na2O": 1.9,
        "K2O": 3.7,
    },
    ferric=0.1,
    water="excess",
    name="average pelite",
)
section = gb.Section.pressure_temperature(
    pelite,
    pressure_kbar=(2.0, 12.0, 41),
    temperature_C=(480.0, 820.0, 51),
    title="Average pelite, water in excess",
    database="W14",
)
gb.compute(section, "metapelite.h5", overwrite=True).close()
figure = gb.plot("metapelite.h5", width_mm=180.0, names="warr", exact=True)
