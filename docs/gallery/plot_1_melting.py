"""
Melting through pressure and temperature
========================================

The high-titanium glass of Chang'e-5 between 1 and 4 kbar. Fields are the darker, the higher their variance;
the solidus is the strong line, the liquidus the broken one.
"""

import gibbsite as gb

section = gb.Section.pressure_temperature(
    gb.bulk("high-ti-glass"),
    pressure_kbar=(1.0, 4.0, 16),
    temperature_C=(1000.0, 1400.0, 41),
    title="High-Ti glass, 1-4 kbar",
    database="T21-Su26",
)
gb.compute(section, "melting.h5", overwrite=True).close()
gb.trace("melting.h5")  # solves for the lines, and adds them to the file
figure = gb.plot("melting.h5", width_mm=140.0)
