"""Databases without water and ferric iron: the smaller system that most tests of the engine are of."""

from dataclasses import replace
from functools import cache

import numpy as np

from gibbsite._inputs.database import database as whole

WET = ("O", "H2O")


@cache
def database(name="T21-Su26"):
    """A database cut to its dry, ferric-free components, phases and end-members."""
    data = whole(name)
    dry = np.array([c not in WET for c in data.components])
    phases = []
    for part in data.reduced(dry).phases:
        phase, model = data.phases[part.place], part.model
        kept = np.flatnonzero(part.basis.any(axis=0))
        # the end-members that are left are some of the old ones, none a mixture
        np.testing.assert_array_equal(part.basis[:, kept], np.eye(len(kept)))
        old = phase.model
        filled = np.abs(old.occupancy[:, kept]).max(axis=1, initial=0.0) > 0.0
        model = old._replace(
            composition=old.composition[np.ix_(kept, dry)],
            atoms=old.atoms[kept],
            multiplicity=old.multiplicity[filled],
            occupancy=old.occupancy[np.ix_(filled, kept)],
            size=old.size[kept],
            log_constant=old.log_constant[kept],
            interaction=old.interaction[np.ix_(kept, kept)],
            make=old.make[kept],
            energy=old.energy[kept],
        )
        names = tuple(phase.endmembers[i] for i in kept)
        phases.append(replace(phase, endmembers=names, model=model))
    n = int(dry.sum())
    return replace(
        data,
        components=tuple(c for c in data.components if c not in WET),
        molar_masses=tuple(np.array(data.molar_masses)[dry].tolist()),
        phases=tuple(phases),
        active=(True,) * len(phases),
        basis=np.eye(n),
        sha256=f"{data.sha256}, dry",
        _reduced={},
    )
