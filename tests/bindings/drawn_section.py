"""Diagrams made up from functions whose zeros are known: what fields and pictures are tested on."""

import numpy as np
import xarray as xr

from gibbsite_engine.layout import n_slots

COMPONENTS = ("SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "MgO", "CaO", "Na2O", "K2O")
AUGITE = {"SiO2": 0.5, "FeO": 0.15, "MgO": 0.2, "CaO": 0.15}
PIGEONITE = {"SiO2": 0.5, "FeO": 0.25, "MgO": 0.22, "CaO": 0.03}
PLAGIOCLASE = {"SiO2": 0.45, "Al2O3": 0.3, "CaO": 0.2, "Na2O": 0.05}
ALKALI_FELDSPAR = {"SiO2": 0.74, "Al2O3": 0.13, "CaO": 0.01, "Na2O": 0.04, "K2O": 0.08}
LIQUID = {"SiO2": 0.45, "TiO2": 0.1, "FeO": 0.25, "MgO": 0.1, "CaO": 0.1}
SOLID = {"SiO2": 0.2, "TiO2": 0.3, "FeO": 0.3, "MgO": 0.2}


def made_up(
    amounts,
    *,
    shape=(61, 81),
    axes=("temperature_C", "x"),
    spans=((1000.0, 1300.0), (0.0, 1.0)),
    failed=None,
    absent=(),
    compositions=None,
    **attrs,
):
    """Return a result in which each phase is present where its amount is positive.

    `amounts` maps (key, instance, composition) to a function of (u, v), both 0 to 1 upward and to
    the right. An instance that is alone at a point is numbered 0 there, as the engine does.
    `failed` is a function of (u, v) that is true where there is no answer.
    """
    names = tuple(dict.fromkeys(key for key, _, _ in amounts))
    y, x = (np.linspace(*span, n) for span, n in zip(spans, shape, strict=True))
    u, v = np.meshgrid(np.linspace(0, 1, shape[0]), np.linspace(0, 1, shape[1]), indexing="ij")
    fractions = np.stack([np.clip(f(u, v) + 0.0 * u, 0.0, None) for f in amounts.values()], -1)
    fractions /= fractions.sum(-1, keepdims=True)
    width = n_slots(len(COMPONENTS))
    ids = np.full((*shape, width), -1, dtype=np.int16)
    instances = np.zeros((*shape, width), dtype=np.int8)
    values = np.zeros((*shape, width))
    oxides = np.zeros((*shape, width, len(COMPONENTS)))
    n_before = {name: np.zeros(shape, dtype=np.int64) for name in names}
    for slot, (key, _, composition) in enumerate(amounts):
        present = fractions[..., slot] > 0.0
        ids[present, slot] = names.index(key)
        instances[present, slot] = n_before[key][present]
        n_before[key] += present
        values[..., slot] = fractions[..., slot]
        row = [dict(composition).get(oxide, 0.0) for oxide in COMPONENTS]
        oxides[present, slot] = np.array(row) / sum(row)
    bulk = np.array([0.0 if oxide in absent else 1.0 for oxide in COMPONENTS])
    status = np.zeros(shape, dtype=np.int8)
    if failed is not None:
        hole = failed(u, v)
        status[hole], ids[hole], values[hole], oxides[hole] = 3, -1, np.nan, np.nan
    dims = tuple(axes)
    slots = (*dims, "slot")
    fixed = {} if "pressure_kbar" in axes else {"pressure_kbar": 3.0}
    return xr.Dataset(
        {
            "status": (dims, status),
            "phase_id": (slots, ids),
            "instance": (slots, instances),
            **{f"{kind}_fraction": (slots, values.copy()) for kind in ("mole", "mass", "volume")},
            "density": (dims, np.where(status == 0, 3000.0 + 500.0 * u - 200.0 * v, np.nan)),
            "phase_composition_mol": ((*slots, "component"), oxides),
            "bulk_mol": (
                (*dims, "component"),
                np.broadcast_to(bulk / bulk.sum(), (*shape, len(COMPONENTS))),
            ),
        },
        coords={
            axes[0]: y,
            axes[1]: x,
            **fixed,
            "component": list(COMPONENTS),
            "phase_name": ("phase", list(names)),
        },
        attrs={
            "title": "Made up",
            "database": "made-up",
            "database_sha256": "0" * 64,
            "gibbsite_version": "0.0.0",
            **attrs,
        },
    )


def phase(key, composition=SOLID, instance=0):
    """Return a key for `made_up`."""
    return (key, instance, tuple(composition.items()))


def melting(**options):
    """Return a diagram like that of a rock that melts: a dozen fields, a steep solidus."""

    def melt(u, v):
        return u - 0.45 + 0.25 * v - 0.1 * v * v + 0.03 * np.sin(4 * v)

    return made_up(
        {
            phase("liq", LIQUID): lambda u, v: 1.5 * (1.0 - np.exp(-9.0 * melt(u, v))),
            phase("cpx", AUGITE): lambda u, v: 1.05 - u + 0.1 * v,
            phase("cpx", PIGEONITE, 1): lambda u, v: 0.3 * (v - 0.55 + 0.5 * u),
            phase("ilm"): lambda u, v: 0.4 * (0.98 - u - 0.4 * (v - 0.5) ** 2),
            phase("q"): lambda u, v: 0.3 * (0.62 - v - 0.55 * u),
            phase("fsp", PLAGIOCLASE): lambda u, v: 0.5 * (v - 0.2 - 0.9 * (u - 0.3)),
            phase("ol"): lambda u, v: 0.2 * (v - 0.87 + 0.3 * u * u),
            phase("spl"): lambda u, v: 0.02 * (v - 0.7 - 0.2 * u),
        },
        **options,
    )
