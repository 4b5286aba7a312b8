"""Where equations of state end: `python -m verification.undefined_energies`.

Prints for each set the phases that have an end-member without a standard energy somewhere between 200
and 2200 degC and 1 bar and 60 kbar, the lowest temperature (degC) at which that is so, and at which
pressure (kbar).
"""

import numpy as np

import gibbsite as gb
from gibbsite_engine.standard import new_conditions, set_conditions

DATABASES = ("EF21", "G16", "G25", "T21", "T21-Su26", "W14", "W24")
PRESSURES = (0.001, 1.0, 5.0, 10.0, 20.0, 40.0, 60.0)
TEMPERATURES = np.arange(200.0, 2201.0, 1.0)


def ends(data):
    """Phase -> (degC, kbar) where it first has no energy."""
    reduced = data.reduced(np.ones(len(data.components), bool))
    conditions, found = new_conditions(reduced.system), {}
    for p in PRESSURES:
        for t in TEMPERATURES:
            set_conditions(reduced.system, p, t + 273.15, conditions)
            for k in np.flatnonzero(~np.isfinite(conditions.g0).all(axis=1)):
                name = data.phases[reduced.phases[k].place].name
                if t < found.get(name, (np.inf,))[0]:
                    found[name] = t, p
    return found


if __name__ == "__main__":
    for name in DATABASES:
        for phase, (t, p) in sorted(ends(gb.database(name)).items()):
            print(f"{name:8s} {phase:5s} from {t:.0f} degC ({p:g} kbar)")
